import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
function defineCommand(command){return command}export{defineCommand};
