//! The style of the page: nothing but what is in it, light and dark, and every pair of colours with a contrast of at least 4.5.

pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#f3f4f6;--faint:#565d66;--line:#c8ccd1;--red:#a40e26;--green:#0a5c2b;--amber:#7a4b00;--blue:#0a4fa0}
@media(prefers-color-scheme:dark){:root{--page:#14171b;--ink:#e6e8eb;--soft:#1f2329;--faint:#a9b1ba;--line:#454c55;--red:#ff9a9a;--green:#7ee2a0;--amber:#f2c26b;--blue:#8fc1ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--blue)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem;z-index:1}
h1,h2,h3{line-height:1.2;margin:1.5rem 0 .5rem}
h2{border-top:1px solid var(--line);padding-top:1rem}
ul{padding-left:1.25rem}
ul.rows{list-style:none;padding:0}
ul.rows>li{border-bottom:1px solid var(--line)}
summary{padding:.35rem .25rem;cursor:pointer}
.row{padding:.35rem .25rem}
code,pre{font-family:ui-monospace,monospace;font-size:.9rem}
h1 code,h2 code{font-size:1em}
pre{white-space:pre-wrap;background:var(--soft);margin:.25rem 0 .75rem;padding:.5rem}
.faint{color:var(--faint)}
.what{font-weight:700;white-space:nowrap}
.lost,.minus,.alarm{color:var(--red)}
.comes,.plus{color:var(--green)}
.changes{color:var(--amber)}
.alarms{border:3px solid var(--red);padding:.25rem 1rem;margin:1rem 0}
.alarms h2{border:0;padding:0;margin:.5rem 0}
@media print{details:not([open])>*{display:block}}
";
