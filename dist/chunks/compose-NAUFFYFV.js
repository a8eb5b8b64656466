import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{composePorts}from"./chunk-W2BUHNBH.js";import"./chunk-VRP7AR54.js";import"./chunk-WOGM4BFL.js";import"./chunk-FIZ4DYZQ.js";import"./chunk-JO4REGQJ.js";import"./chunk-4EDHZG2C.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{composePorts};
