/** How the pages are laid out. Colours and radii are variables that the look of a client sets; see looks/. */

export const layout = `
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--paper);color:var(--body);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{width:100%;max-width:27rem;margin:auto;padding:1rem}
main.wide{max-width:44rem}
.card{background:var(--card);border:1px solid var(--card-line);border-radius:var(--round-card);padding:var(--space)}
h1,h2{color:var(--ink);line-height:1.25}
h1{font-size:1.4rem;margin:0 0 1.25rem}
h2{font-size:1.1rem;margin:0 0 .5rem}
p{margin:.75rem 0}.soft{color:var(--soft)}
label,legend{display:block;font-weight:600;margin:1rem 0 .3rem;color:var(--label);padding:0}
fieldset{border:0;margin:0;padding:0;min-width:0}
.choice{display:flex;gap:.6rem;align-items:center;font-weight:400;min-height:1.75rem}
:where(input:not([type=radio]),select){width:100%;font:inherit;color:var(--ink);background:var(--field);border:1px solid var(--line);border-radius:var(--round-input);padding:.65rem .75rem;min-height:2.75rem}
:where(input[type=radio]){width:1.25rem;height:1.25rem;accent-color:var(--mark);flex:none}
:where(button,.button){display:block;width:100%;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--on-act);background:var(--act);border:1px solid var(--act);border-radius:var(--round-button);padding:.65rem 1rem;min-height:2.75rem;margin-top:1.5rem;cursor:pointer;overflow-wrap:anywhere}
:where(button,.button):hover{color:var(--on-act-over);background:var(--act-over);border-color:var(--act-over)}
:where(.second){color:var(--on-second);background:var(--second);border-color:var(--second-line);margin-top:.75rem}
:where(.second):hover{color:var(--on-second-over);background:var(--second-over);border-color:var(--second-line-over)}
:where(button.plain){color:var(--link);background:none;border-color:transparent;margin-top:.5rem}
:where(button.plain):hover{color:var(--link-over);text-decoration:underline}
:where(a:not(.button)){color:var(--link)}:where(a:not(.button)):hover{color:var(--link-over)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.or{display:flex;align-items:center;gap:.75rem;color:var(--soft);margin:1.25rem 0 .5rem}
.or::before,.or::after{content:'';flex:1;border-top:1px solid var(--divider)}
.secret{overflow-wrap:anywhere;font-size:1.1rem;color:var(--ink)}
.qr{display:block;width:100%;max-width:13rem;height:auto;margin:1rem auto;background:#fff;border-radius:.25rem}
summary{cursor:pointer;color:var(--link);padding:.3rem 0}
.hint{font-size:.9rem;color:var(--hint);margin:.3rem 0 0}
.code{white-space:nowrap}
.checks{font-size:.9rem;color:var(--hint)}
.checks ul{list-style:none;margin:.4rem 0 0;padding:0}
.checks li{display:flex;gap:.5rem}
.checks li::before{content:'○';flex:none;width:1em;text-align:center}
.checks li.met::before{content:'✓';font-weight:700}
.checks span::first-letter{text-transform:uppercase}
:where(.checks .met){color:var(--ink)}
.unseen{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.error,.notice{border:1px solid;border-radius:var(--round-alert);padding:.7rem .9rem;margin:0 0 1rem;color:var(--on-alert)}
.error{background:var(--bad-paper);border-color:var(--bad);color:var(--on-bad)}.notice{background:var(--good-paper);border-color:var(--good)}
.logo{display:block;max-width:min(100%,350px);max-height:178px;margin:0 auto 1.25rem}
.logo.start{margin-inline-start:0}.logo.end{margin-inline-end:0}
.graphic{display:block;max-width:100%;max-height:8rem;margin:0 auto 1rem}
.icon{height:1.25rem;width:auto;vertical-align:middle;margin-inline-end:.6rem}
.band{padding:.75rem 1.25rem;border:0 solid var(--divider)}.band .logo{max-height:3rem;margin-block:0}
section{border-top:1px solid var(--divider);padding:1.25rem 0}
ul.list{list-style:none;margin:0;padding:0}
ul.list>li{display:flex;gap:1rem;align-items:center;justify-content:space-between;flex-wrap:wrap;padding:.5rem 0}
ul.list button,.row button{width:auto;margin:0}
.row{display:flex;gap:.75rem;flex-wrap:wrap;align-items:center}
@media (max-width:30rem){main{padding:0 0 1rem}.card{border-radius:0;border-inline:0}}
`
