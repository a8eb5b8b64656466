import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{createHash}from"node:crypto";function sha256(data){return createHash("sha256").update(data).digest("hex")}function md5(data){return createHash("md5").update(data).digest("hex")}export{sha256,md5};
