import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{convertInputs,inputError}from"./chunk-NJQZKFQM.js";import"./chunk-A4AUKFOB.js";import"./chunk-XDMXVOGH.js";import"./chunk-4EDHZG2C.js";import"./chunk-7UNOZBSX.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{convertInputs,inputError};
