import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
function escapeHtml(text){return text.replace(/[&<>"']/g,c=>`&#${c.charCodeAt(0)};`)}function renderHtmlPage(page){return`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(page.title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
${page.body}
</main>
</body>
</html>
`}var pageStyle=`
:root{--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--back:#ffffff;--card:#f6f8fa;--pass:#1a7f37;--fail:#cf222e;--warn:#9a6700;--accent:#0969da;--second:#8250df;--third:#bc4c00;--fourth:#1b7c83}
@media (prefers-color-scheme:dark){:root{--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;--back:#0d1117;--card:#151b23;--pass:#3fb950;--fail:#f85149;--warn:#d29922;--accent:#4493f8;--second:#ab7df8;--third:#f0883e;--fourth:#39c5cf}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 10px}h3{font-size:16px;margin:20px 0 8px}
p.lead{color:var(--soft);margin:0 0 20px}
table{border-collapse:collapse;width:100%;margin:8px 0 16px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft)}
td.number,th.number{text-align:right}
time{white-space:nowrap}
.chain{display:flex;flex-wrap:wrap;gap:6px 10px;align-items:center;margin:12px 0}.chain .card{margin:0;padding:8px 12px}
code{font:13px ui-monospace,SFMono-Regular,Menlo,monospace;background:var(--card);padding:1px 5px;border-radius:5px;overflow-wrap:anywhere}
.badge{display:inline-block;padding:0 9px;border-radius:10px;font-size:13px;border:1px solid currentColor}
.pass{color:var(--pass)}.fail{color:var(--fail)}.inconclusive{color:var(--warn)}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin:12px 0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:14px}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .soft{fill:var(--soft)}svg .title{font-weight:600}svg.chart{display:block;margin:10px 0}
svg .axis{stroke:var(--line)}svg .one{stroke:var(--accent);fill:none}svg .two{stroke:var(--second);fill:none}
svg .three{stroke:var(--third);fill:none}svg .four{stroke:var(--fourth);fill:none}svg .line{stroke-width:2;stroke-linejoin:round}svg .whisker{stroke-width:1.25;opacity:.75}svg .ink{stroke:var(--ink)}
svg .dot{fill:var(--accent);stroke:none}svg .mark-two .dot{fill:var(--second)}svg .mark-three .dot{fill:var(--third)}svg .mark-four .dot{fill:var(--fourth)}
svg .bar{fill:var(--accent);opacity:.8}svg .bar.fail{fill:var(--fail)}svg .bar.inconclusive{fill:var(--warn)}svg .bar.pass{fill:var(--pass)}
svg .step rect{fill:var(--card);stroke:var(--line)}svg .step.done rect{stroke:var(--pass)}svg .step.active rect{stroke:var(--accent);stroke-width:2}svg .step.failed rect{stroke:var(--fail);stroke-width:2}
svg g .dot.fail{fill:var(--fail)}svg g .dot.inconclusive{fill:var(--warn)}svg g .dot.pass{fill:var(--pass)}
svg .band{fill:var(--accent);opacity:.12;stroke:none}svg .limit{stroke:var(--fail);stroke-dasharray:4 4;fill:none}
`.trim();export{escapeHtml,renderHtmlPage};
