import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{runCli}from"./chunk-EG6ST4ZL.js";import"./chunk-6OCINGIO.js";import"./chunk-JO4REGQJ.js";import"./chunk-4EDHZG2C.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{runCli};
