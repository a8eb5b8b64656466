import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{fieldsOf,fieldsOfObject,positionalsOf}from"./chunk-A4AUKFOB.js";import"./chunk-7UNOZBSX.js";import"./chunk-ARUZE2EJ.js";export{fieldsOf,fieldsOfObject,positionalsOf};
