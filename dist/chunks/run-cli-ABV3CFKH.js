import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{runCli}from"./chunk-6IEM2OAD.js";import"./chunk-7C6WTYIJ.js";import"./chunk-JO4REGQJ.js";import"./chunk-LQSNXBNQ.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{runCli};
