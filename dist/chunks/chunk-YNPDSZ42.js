import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
function escapeMarkdown(text){return clean(text).trimStart().replace(/&/g,"&amp;").replace(/</g,"&lt;").replace(/>/g,"&gt;").replace(/[\\`*_{}[\]()#+!|~]/g,"\\$&").replace(/^([-=])(?=[-=\s]|$)/,"\\$1").replace(/^(\d{1,9})\.(?=\s|$)/,"$1\\.").replace(/[@#]/g,"$&\u200B").replace(/(https?|ftp|mailto|xmpp):/gi,"$1\u200B:").replace(/(www)\./gi,"$1\u200B.").replace(/(gh)-(?=\d)/gi,"$1\u200B-").replace(/\$/g,"&#36;")}function inlineCode(text){let code=clean(text);return code.trim()===""?"` `":/[`|\\$]/.test(code)?`<code>${code.replace(/[&<>`|\\*_[\]()!~@#$:.]/g,c=>`&#${c.charCodeAt(0)};`)}</code>`:`\`${code}\``}function clean(text){return text.toWellFormed().replace(/[\r\n\t\u2028\u2029]+/g," ").replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,"\uFFFD")}function markdownTable(header,rows){let line=cells=>`| ${cells.map(cell=>cell.replace(/\s*[\r\n]+\s*/g," ")).join(" | ")} |`;return[line(header),line(header.map(()=>"---")),...rows.map(line)].join(`
`)}function cutMarkdown(markdown,limit,whole="the report file"){if(markdown.length<=limit)return markdown;let note=lines=>`

_Cut here: ${lines} more lines. The whole report is in ${whole}._
`;for(let room=limit-note(999999999).length;room>0;room-=200){let end=markdown.lastIndexOf(`
`,room),kept=markdown.slice(0,end>0?end:room).replace(/[\ud800-\udbff]$/,""),cut=closeMarkdown(kept)+note(markdown.slice(kept.length).split(`
`).length-1||1);if(cut.length<=limit)return cut}return note(markdown.split(`
`).length).trim().slice(0,Math.max(0,limit))}function closeMarkdown(markdown){let fence,depth=0;for(let line of markdown.split(`
`)){let next=fenceAfter(line,fence);if(fence===void 0&&next===void 0)for(let[tag]of line.matchAll(/^\s*<details(?: open)?>|<\/details>\s*$/g))depth=Math.max(0,depth+(tag.includes("/")?-1:1));fence=next}return[markdown,...fence===void 0?[]:[fence],...Array(depth).fill(`
</details>`)].join(`
`)}function fenceAfter(line,open){let match=/^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);if(match===null)return open;let[,run="",rest=""]=match;return open===void 0?run.startsWith("`")&&rest.includes("`")?void 0:run:run[0]===open[0]&&run.length>=open.length&&rest.trim()===""?void 0:open}export{escapeMarkdown,inlineCode,markdownTable,cutMarkdown,closeMarkdown,fenceAfter};
