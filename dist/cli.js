#!/usr/bin/env node
import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import"./chunks/chunk-ARUZE2EJ.js";var oldestNode="22.13.0";function refuseNode(version){let have=version.split(".").map(Number),need=oldestNode.split(".").map(Number);for(let index=0;index<need.length;index++){let difference=(have[index]||0)-(need[index]||0);if(difference>0)return;if(difference<0)return`mlops-kit needs Node ${oldestNode} or newer, and this is Node ${version}.`}}var refusal=refuseNode(process.versions.node);refusal===void 0?import("./chunks/main-4T5ZY6VJ.js").then(({main})=>main()):(process.stderr.write(`${refusal}
`),process.exitCode=2);
