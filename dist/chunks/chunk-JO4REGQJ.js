import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
var version="0.1.0";export{version};
