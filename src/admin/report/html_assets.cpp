#include "admin/report/html_assets.hpp"

namespace badclients::admin::report {

const std::string_view page_style = R"css(
:root{color-scheme:light dark;--bg:#fff;--card:#f5f6f8;--text:#1b1f24;--soft:#545d68;--line:#d5dae0;
--accent:#0b57a4;--bar:#4f86bd;--bad:#b3261e;--warn:#8a5a00;--new:#17643a;--newbg:#dff3e6}
@media (prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1e2329;--text:#e8eaed;--soft:#aab3bd;
--line:#39424c;--accent:#8ec1ff;--bar:#5c93cc;--bad:#ff9a91;--warn:#f2c14e;--new:#9be3b6;--newbg:#173b27}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1.2rem 1rem 3rem;background:var(--bg);color:var(--text);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .3rem}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem}
p{margin:.3rem 0}
.soft{color:var(--soft)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;margin:.8rem 0;padding:0}
a{color:var(--accent)}
a,button,summary{min-height:1.5rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.7rem;margin:1rem 0;
padding:0}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
.figures dt{color:var(--soft);font-size:.9rem}
.figures dd{margin:0;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
figure{margin:0 0 1rem}
figcaption{font-weight:600;margin-bottom:.2rem}
svg{display:block;width:100%;overflow:hidden}
svg .all{fill:var(--bar)}svg .bad{fill:var(--bad)}svg .axis{stroke:var(--line)}
.scale{display:flex;justify-content:space-between;color:var(--soft);font-size:.85rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.3rem .45rem;border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child{text-align:left;width:99%}
td:first-child{font-weight:500}
td small{display:block;color:var(--soft);font-weight:400}
th{color:var(--soft);font-size:.88rem;font-weight:600;vertical-align:bottom;overflow-wrap:normal}
td{white-space:nowrap}td:first-child{white-space:normal}
th button{all:unset;cursor:pointer;color:var(--accent);padding:.15rem 0;min-height:1.5rem}
th button:focus-visible,a:focus-visible,input:focus-visible,summary:focus-visible,
.more:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
th[aria-sort=descending] button::after{content:" \2193"}
th[aria-sort=ascending] button::after{content:" \2191"}
.refused{color:var(--bad);font-weight:600}
.new{color:var(--new);background:var(--newbg);border-radius:.3rem;font-size:.8rem;font-weight:600;
padding:.05rem .35rem;margin-left:.4rem;white-space:nowrap}
.tools{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;margin:.2rem 0 .5rem}
.tools input{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--soft);
border-radius:.4rem;padding:.25rem .5rem;width:min(100%,18rem)}
.more{font:inherit;color:var(--accent);background:var(--card);border:1px solid var(--soft);
border-radius:.4rem;padding:.35rem .8rem;margin-top:.6rem;cursor:pointer}
.bars{width:100%}.bars td{border:0}.bars .name{width:35%}.bars .bar{width:60%}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--accent)}
[hidden]{display:none!important}
@media (max-width:40rem){body{padding:.8rem .7rem 2rem}.wide{display:none}
th,td{padding:.3rem .25rem}th{font-size:.78rem}td{font-size:.92rem}h1{font-size:1.35rem}}
@media print{.tools,.more,nav{display:none}body{max-width:none}}
)css";

const std::string_view page_script = R"js(
'use strict';
for (const section of document.querySelectorAll('section[data-table]')) {
  const table = section.querySelector('table');
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const few = 50;
  let all = rows.length <= few, wanted = '';

  const more = document.createElement('button');
  more.className = 'more';
  more.type = 'button';
  more.textContent = 'Show all ' + rows.length + ' rows';
  more.addEventListener('click', () => { all = true; show(); });

  const tools = document.createElement('div');
  tools.className = 'tools';
  const label = document.createElement('label');
  label.textContent = 'Filter ';
  const input = document.createElement('input');
  input.type = 'search';
  input.id = section.id + '-filter';
  label.htmlFor = input.id;
  const count = document.createElement('span');
  count.className = 'soft';
  count.setAttribute('role', 'status');
  input.addEventListener('input', () => { wanted = input.value.toLowerCase(); show(); });
  tools.append(label, input, count);

  function show() {
    let found = 0;
    for (const row of body.rows) {
      const fits = row.textContent.toLowerCase().includes(wanted);
      if (fits) ++found;
      row.hidden = !fits || (!all && !wanted && found > few);
    }
    count.textContent = wanted ? found + ' of ' + rows.length : '';
    more.hidden = all || wanted !== '';
  }

  function sort(column, heading) {
    const down = heading.getAttribute('aria-sort') !== 'descending' && !(
      column === 0 && heading.getAttribute('aria-sort') !== 'ascending');
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const value = row => {
      const cell = row.cells[column];
      return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
    };
    const order = Array.from(body.rows).sort((a, b) => {
      const x = value(a), y = value(b);
      const less = typeof x === 'number' ? x - y : x.localeCompare(y);
      return down ? -less : less;
    });
    body.append(...order);
    show();
  }

  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = heading.textContent;
    button.addEventListener('click', () => sort(column, heading));
    heading.replaceChildren(button);
  });
  if (rows.length > 5) section.insertBefore(tools, table);
  if (!all) section.append(more);
  show();
}
)js";

}  // namespace badclients::admin::report
