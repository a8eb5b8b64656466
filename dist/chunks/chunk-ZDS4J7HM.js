import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
function isPullRequest(ports){return ports.environment.actions?.eventName.startsWith("pull_request")??!1}export{isPullRequest};
