import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{convertInputs,inputError}from"./chunk-VSYBQJMQ.js";import"./chunk-A4AUKFOB.js";import"./chunk-PDW3JXJF.js";import"./chunk-LQSNXBNQ.js";import"./chunk-7UNOZBSX.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{convertInputs,inputError};
