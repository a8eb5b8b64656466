import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{runCli}from"./chunk-7TLQFGIB.js";import"./chunk-DG5XUZ6B.js";import"./chunk-JO4REGQJ.js";import"./chunk-LQSNXBNQ.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{runCli};
