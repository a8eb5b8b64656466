import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{runCli}from"./chunk-2H6A36AK.js";import"./chunk-FKKXQNQE.js";import"./chunk-JO4REGQJ.js";import"./chunk-4EDHZG2C.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{runCli};
