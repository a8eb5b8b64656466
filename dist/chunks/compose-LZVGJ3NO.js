import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{composePorts}from"./chunk-3YJUN4RZ.js";import"./chunk-VRP7AR54.js";import"./chunk-WOGM4BFL.js";import"./chunk-UOL3W77I.js";import"./chunk-JO4REGQJ.js";import"./chunk-LQSNXBNQ.js";import"./chunk-LQBHXVAZ.js";import"./chunk-ARUZE2EJ.js";export{composePorts};
