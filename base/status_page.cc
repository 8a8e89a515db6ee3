// SPDX-License-Identifier: Apache-2.0
#include "base/status_page.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/text.h"

namespace base {
namespace {

constexpr std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #fff; --ink: #1b2330; --dim: #5d6878; --line: #dfe3e9;
  --good: #14743c; --good-soft: #e2f4e8; --warn: #8a5a00; --warn-soft: #fdf0d2;
  --bad: #b3221c; --bad-soft: #fde5e3; --calm: #4a5668; --calm-soft: #e9edf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11151b; --card: #1a2029; --ink: #e4e9f0; --dim: #98a4b5; --line: #2c3542;
    --good: #6fd897; --good-soft: #153524; --warn: #f2c25b; --warn-soft: #3a2e12;
    --bad: #ff938c; --bad-soft: #431c1a; --calm: #b3bfce; --calm-soft: #262f3b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; }
h1 { font-size: 1.35rem; margin: 0; flex: 1 1 auto; }
#clock { color: var(--dim); font-size: .85rem; }
h2 { font-size: 1rem; margin: 0; }
h2 + p { margin: .1rem 0 0; color: var(--dim); font-size: .85rem; }
.headline { margin: 1rem 0 1.25rem; padding: .8rem 1.1rem; border-radius: .6rem; font-weight: 600; font-size: 1.05rem;
  border-left: .35rem solid; }
.headline.good { background: var(--good-soft); color: var(--good); }
.headline.warn { background: var(--warn-soft); color: var(--warn); }
.headline.bad { background: var(--bad-soft); color: var(--bad); }
.headline.calm { background: var(--calm-soft); color: var(--calm); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin-bottom: 1.25rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem 1rem .7rem; }
.tile b { display: block; font-size: 1.5rem; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--dim); font-size: .85rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 1.25rem;
  padding: 1rem 1.1rem; }
table { width: 100%; border-collapse: collapse; margin-top: .6rem; }
th { text-align: left; font-size: .78rem; font-weight: 600; color: var(--dim); padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
td { vertical-align: top; padding: .5rem .8rem .5rem 0; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; padding-bottom: .1rem; }
th:last-child, td:last-child { padding-right: 0; }
.badge { display: inline-block; border-radius: 1rem; padding: .02rem .65rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.warn { background: var(--warn-soft); color: var(--warn); }
.badge.bad { background: var(--bad-soft); color: var(--bad); }
.badge.calm { background: var(--calm-soft); color: var(--calm); }
.good > b { color: var(--good); } .warn > b { color: var(--warn); } .bad > b { color: var(--bad); }
.strong { font-weight: 600; } .dim { color: var(--dim); font-size: .9rem; }
.mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .88rem; overflow-wrap: break-word; }
.lines > * { display: block; } .lines > .badge { width: fit-content; margin-bottom: .15rem; }
.lines > .row, .row { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .6rem; margin-bottom: .15rem; }
.empty { color: var(--dim); margin: .6rem 0 0; }
.chips { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); gap: .3rem; margin-top: .9rem; }
.chips > span { border-radius: .35rem; padding: .08rem .5rem; font-size: .82rem; font-variant-numeric: tabular-nums; background: var(--calm-soft);
  color: var(--calm); cursor: default; }
.chips > .good { background: var(--good-soft); color: var(--good); } .chips > .warn { background: var(--warn-soft); color: var(--warn); }
.chips > .bad { background: var(--bad-soft); color: var(--bad); }
ol { list-style: none; margin: .8rem 0 0; padding: 0; }
li { position: relative; padding: 0 0 .9rem 1.5rem; border-left: 2px solid var(--line); margin-left: .35rem; }
li:last-child { padding-bottom: 0; border-color: transparent; }
li::before { content: ""; position: absolute; left: calc(-.35rem - 3px); top: .42rem; width: .7rem; height: .7rem; border-radius: 50%; background: var(--calm);
  border: 2px solid var(--card); }
li.good::before { background: var(--good); } li.warn::before { background: var(--warn); } li.bad::before { background: var(--bad); }
li > time { float: right; margin-left: 1rem; }
time { color: var(--dim); font-size: .85rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.stale main { opacity: .45; }
footer { color: var(--dim); font-size: .85rem; padding-bottom: 2rem; }
a { color: inherit; }
pre { white-space: pre-wrap; }
@media (max-width: 40rem) {
  main, header, footer { padding-left: .8rem; padding-right: .8rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; }
  section { padding: .8rem .9rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; padding-bottom: 0; }
  td, tr:last-child td { border: 0; padding: .12rem 0; display: grid; grid-template-columns: 6.5rem 1fr; gap: .5rem; }
  td::before { content: attr(data-label); color: var(--dim); font-size: .82rem; padding-top: .1rem; }
  td > .badge { justify-self: start; }
  td.none { display: none; }
}
)css";

// Data becomes text nodes and nothing else: there is no way from here to markup.
constexpr std::string_view kScript = R"js(
'use strict';
const upbeat = (() => {
  const kinds = ['good', 'warn', 'bad', 'calm'];
  const kind = k => kinds.includes(k) ? k : 'calm';
  let offset = 0;  // the daemon's clock less ours

  const el = (tag, style, ...inside) => {
    const node = document.createElement(tag);
    if (style) node.className = style;
    for (const one of inside.flat())
      if (one !== null && one !== undefined) node.append(one instanceof Node ? one : String(one));
    return node;
  };
  const plural = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');
  const duration = s => s < 0.0995 ? Math.round(s * 1000) + ' ms' : s < 9.95 ? s.toFixed(1) + ' s' : s < 90 ? Math.round(s) + ' s' :
    s < 5400 ? Math.round(s / 60) + ' min' : s < 129600 ? Math.round(s / 3600) + ' h' : Math.round(s / 86400) + ' days';
  const age = at => {
    const s = Date.now() / 1000 + offset - at;
    return s < 1.5 ? 'just now' : duration(Math.round(s)).replace('.0', '') + ' ago';
  };
  const ui = {
    plural, duration,
    badge: (word, k) => el('span', 'badge ' + kind(k), word),
    text: (string, style) => el('span', ['strong', 'dim', 'mono'].includes(style) ? style : '', string),
    lines: (...cells) => el('span', 'lines', cells.flat().filter(c => c !== null && c !== undefined && c !== '')
      .map(c => c instanceof Node ? c : el('span', '', c))),
    row: (...cells) => el('span', 'row', cells.flat().filter(c => c !== null && c !== undefined && c !== '')
      .map(c => c instanceof Node ? c : el('span', '', c))),
    ago: at => {
      const node = el('time');
      node.dataset.at = at;
      node.title = new Date(at * 1000).toLocaleString();
      node.dateTime = new Date(at * 1000).toISOString();
      return node;
    },
    tile: (value, label, k) => el('div', 'tile ' + kind(k), el('b', '', value), el('span', '', label)),
    tiles: list => el('div', 'tiles', list),
    section: (title, remark, ...inside) => el('section', '', el('h2', '', title), remark ? el('p', '', remark) : null, inside),
    table: (headings, rows, emptyText) => rows.length === 0 ? el('p', 'empty', emptyText || 'None.') :
      el('table', '', el('thead', '', el('tr', '', headings.map(h => el('th', '', h)))),
        el('tbody', '', rows.map(row => el('tr', '', row.map((cell, i) => {
          const none = cell === null || cell === undefined || cell === '';
          const td = el('td', none ? 'none' : '', cell);
          td.dataset.label = headings[i];
          return td;
        }))))),
    chips: (list, after) => el('div', 'chips', list.map(c => {
      const node = el('span', kind(c.kind), c.text);
      node.title = c.title || '';
      return node;
    }), after ? el('div', 'dim', after) : null),
    timeline: (items, emptyText) => items.length === 0 ? el('p', 'empty', emptyText || 'Nothing yet.') :
      el('ol', '', items.map(i => el('li', kind(i.kind), ui.ago(i.at), el('div', 'strong', i.title),
        i.detail ? el('div', 'dim', i.detail) : null))),
  };

  const byId = id => document.getElementById(id);
  let drawn = [], heard = 0;
  const tick = () => {
    for (const node of document.querySelectorAll('time[data-at]')) node.textContent = age(Number(node.dataset.at));
    const silent = heard === 0 ? 0 : (Date.now() - heard) / 1000;
    byId('clock').textContent = heard === 0 ? 'asking...' :
      silent < 7 ? 'up to date' : 'no answer for ' + duration(silent) + ': what you see is old';
    document.body.className = silent < 7 ? '' : 'stale';
  };
  const draw = page => {
    offset = page.now - Date.now() / 1000;
    byId('name').textContent = page.name;
    document.title = ({good: '\u2713 ', warn: '! ', bad: '\u2717 '}[page.state] || '') + page.name;
    const parts = [el('div', 'headline ' + kind(page.state), page.headline), ...page.parts];
    const main = byId('parts');
    // Only what has changed is replaced, so that a selection stays and nothing flickers.
    const texts = parts.map(part => part.outerHTML);
    parts.forEach((part, i) => {
      if (i >= main.children.length) main.append(part);
      else if (drawn[i] !== texts[i]) main.children[i].replaceWith(part);
    });
    while (main.children.length > parts.length) main.lastChild.remove();
    drawn = texts;
  };
  const start = render => {
    const round = async () => {
      try {
        const answer = await fetch('status.json', {cache: 'no-store', signal: AbortSignal.timeout ? AbortSignal.timeout(5000) : undefined});
        if (!answer.ok) throw new Error('HTTP ' + answer.status);
        draw(render(await answer.json(), ui));
        heard = Date.now();
      } catch (error) {
        console.warn(String(error));
      }
      tick();
      setTimeout(round, 2000);
    };
    setInterval(tick, 1000);
    round();
  };
  return {start};
})();
)js";

std::string source_of(std::string_view text) { return fmt::format("'sha256-{}'", base64_encode(sha256(text))); }

}  // namespace

StatusPage status_page(std::string_view title, std::string_view script, std::string_view plain) {
  BASE_CHECK(script.find("</") == script.npos && script.find("<!--") == script.npos);
  const auto whole = fmt::format("{}{}", kScript, script);
  StatusPage page;
  page.html = fmt::format(R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title>
<noscript><meta http-equiv="refresh" content="5"></noscript>
<style>{1}</style>
</head>
<body>
<header><h1 id="name">{0}</h1><span id="clock"></span></header>
<main>
<noscript><pre>{2}</pre></noscript>
<div id="parts"></div>
</main>
<footer>Upbeat {3} &middot; <a href="status.json">status.json</a> &middot; <a href="metrics">metrics</a></footer>
<script>{4}</script>
</body>
</html>
)html",
                          html_escaped(title), kStyle, html_escaped(plain), UPBEAT_VERSION, whole);
  page.policy = fmt::format(
      "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      source_of(whole), source_of(kStyle));
  return page;
}

}  // namespace base
