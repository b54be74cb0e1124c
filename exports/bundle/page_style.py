"""How a bundle's page looks, on a screen and on paper; it stands alone, so it brings its own."""

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#eef1f5;color:#1A2230;font:15px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC",
"Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
main{max-width:800px;margin:24px auto;padding:32px 40px;background:#fff;border:1px solid #D5DCE5;border-radius:8px}
header{border-bottom:3px solid #A8071A;padding-bottom:12px;margin-bottom:8px}
.kicker{margin:0;color:#4B5768;font-size:13px;letter-spacing:.04em}
h1{margin:2px 0 4px;font-size:28px;line-height:1.25}
.sentence{margin:0;font-size:17px}
.gone{margin:8px 0 0;font-weight:600;color:#A8071A}
h2{margin:26px 0 8px;font-size:17px;border-bottom:1px solid #D5DCE5;padding-bottom:4px}
h2 small{font-weight:400;color:#4B5768}
dl{display:grid;grid-template-columns:minmax(130px,max-content) 1fr;gap:3px 18px;margin:0}
dt{color:#4B5768}
dd{margin:0;overflow-wrap:anywhere;min-width:0}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-bottom:1px solid #E6EAF0}
th{color:#4B5768;font-weight:600}thead{display:table-header-group}
td{font-variant-numeric:tabular-nums}
dd table{font-size:12.5px;margin-bottom:6px}
code{font:12px/1.45 ui-monospace,"SFMono-Regular",Consolas,monospace;overflow-wrap:anywhere}
.note{color:#4B5768;font-size:13px;margin:6px 0 0}
figure{margin:20px 0 0}
figcaption{margin-top:4px;color:#4B5768;font-size:13px}
.picture{display:block;width:100%;height:auto;font-family:inherit}
.key{margin-right:18px;white-space:nowrap}
.key i{display:inline-block;width:18px;height:4px;margin-right:6px;vertical-align:middle;border-radius:2px}
.said{white-space:pre-wrap;overflow-wrap:anywhere}
.pictures{list-style:none;margin:10px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:14px;font-size:13px}
.pictures img{max-width:230px;max-height:180px;border:1px solid #D5DCE5}
@media (max-width:640px){main{margin:0;padding:18px;border:0;border-radius:0}dl{grid-template-columns:1fr}
dt{margin-top:6px}}
@page{size:A4;margin:14mm 15mm}
@media print{body{background:#fff;font-size:10.5pt}main{margin:0;padding:0;border:0;max-width:none}
figure,tr,li,dl>dd{break-inside:avoid}h2{break-after:avoid}.wide{overflow:visible}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
""".strip()
