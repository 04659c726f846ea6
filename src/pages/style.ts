/** How the pages look: one small sheet, light and dark, named to the browser by its hash so that no other may apply. */
import { createHash } from 'node:crypto'

export const style = `
:root{color-scheme:light dark;--ink:#16202c;--soft:#51606f;--paper:#f3f5f8;--card:#fff;--line:#8795a4;--act:#1f5fbf;--on-act:#fff;--bad:#a4161a;--bad-paper:#fdecec;--good-paper:#e6f4ea}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#aab7c4;--paper:#11161c;--card:#1b232c;--line:#6f7f90;--act:#8ab8ff;--on-act:#0c1a2e;--bad:#ffb4ab;--bad-paper:#41181a;--good-paper:#173322}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;justify-content:center;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{width:100%;max-width:26rem;margin:0 auto;padding:1rem}
.card{background:var(--card);border-radius:.75rem;padding:2rem;box-shadow:0 1px 2px #0002,0 8px 24px #0001}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 1.25rem}
p{margin:.75rem 0}.soft{color:var(--soft)}
label,legend{display:block;font-weight:600;margin:1rem 0 .3rem}
fieldset{border:0;margin:0;padding:0}
.choice{display:flex;gap:.6rem;align-items:center;font-weight:400}
input:not([type=radio]){width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.65rem .75rem}
input[type=radio]{width:1.2rem;height:1.2rem}
button{width:100%;font:inherit;font-weight:600;color:var(--on-act);background:var(--act);border:1px solid var(--act);border-radius:.5rem;padding:.7rem 1rem;margin-top:1.5rem;cursor:pointer}
button.plain{color:var(--act);background:none;border-color:transparent;margin-top:.5rem}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.secret{overflow-wrap:anywhere;font-size:1.1rem}
.hint{font-size:.9rem;color:var(--soft);margin:.3rem 0 0}
.error,.notice{border-radius:.5rem;padding:.7rem .9rem;margin:0 0 1rem}
.error{background:var(--bad-paper);color:var(--bad)}.notice{background:var(--good-paper)}
`

/** For the Content-Security-Policy. */
export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`
