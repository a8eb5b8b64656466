import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{endingOf,executeCommand}from"./chunk-4SBGNTD6.js";import"./chunk-L6FC6JLJ.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{endingOf,executeCommand};
