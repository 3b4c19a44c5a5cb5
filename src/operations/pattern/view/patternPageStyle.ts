/** Of the page around the pictures. */
export const PAGE_STYLE = `*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1160px;margin:0 auto;padding:40px 24px 64px}header{margin-bottom:40px}.kicker{margin:0;color:var(--after);font-weight:600;font-size:13px;letter-spacing:.04em;text-transform:uppercase}
h1{margin:2px 0 6px;font-size:30px;line-height:1.2;overflow-wrap:anywhere}h2{margin:0 0 2px;font-size:19px}p.lead,section>p{margin:0 0 14px;color:var(--soft);max-width:96ch}
section{margin:0 0 44px;padding-top:22px;border-top:1px solid var(--rule)}svg{display:block;width:100%;height:auto}
.tiles{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:12px;margin-top:22px}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 16px;display:flex;flex-direction:column}
.tile b{font-size:23px;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;white-space:nowrap}.tile s{color:var(--soft);font-size:15px;font-weight:450;margin-right:2px}
.tile span{font-size:13px}.tile small{color:var(--soft);font-size:12px}
.legend.legend{max-width:none;display:flex;flex-wrap:wrap;gap:4px 14px;margin:10px 0 0;font-size:12px;color:var(--soft)}.legend i{display:inline-block;width:14px;height:14px;border-radius:3px;margin-right:5px;vertical-align:-2px;border:1px solid var(--rule)}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:14px 16px}.small figure{margin:0}figcaption{font-size:12px;color:var(--soft);display:flex;justify-content:space-between;font-variant-numeric:tabular-nums}figcaption b{color:var(--ink);font-weight:600}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:20px}.pair h3,h3{margin:14px 0 6px;font-size:14px;font-weight:600}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}td,th{padding:4px 12px;border-bottom:1px solid var(--rule);text-align:right;font-weight:400}th{color:var(--soft)}
footer{border-top:1px solid var(--rule);padding-top:18px;color:var(--soft);font-size:13px}dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}dt{color:var(--ink);font-weight:600}dd{margin:0}
@media(max-width:1040px){.tiles{grid-auto-flow:row;grid-template-columns:repeat(3,1fr)}}
@media(max-width:720px){.tiles{grid-template-columns:repeat(2,1fr)}.pair{grid-template-columns:1fr}main{padding:24px 14px}}
@media print{@page{margin:12mm}.tiles{grid-auto-flow:row;grid-template-columns:repeat(3,1fr)}body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}header{margin-bottom:20px}section,figure,.tile{break-inside:avoid}section{margin-bottom:20px}.small{grid-template-columns:repeat(6,1fr)}}`;
