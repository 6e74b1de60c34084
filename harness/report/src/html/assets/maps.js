// Exposure maps: lines become cells, each cell can be visited and tells what it is, and the slider picks one moment in all maps.
(() => {
  const meanings = new Map();
  for (const item of document.querySelectorAll(".legend [data-letter]")) {
    const [sign, word] = [item.querySelector(".cell").textContent, item.querySelector(".word").textContent];
    meanings.set(item.dataset.letter, { sign, word });
  }

  const draw = (map) => {
    map.setAttribute("role", "grid");
    for (const row of map.tBodies[0].rows) {
      const { cells, sent } = row.dataset;
      row.dataset.reads = row.cells[1].textContent;
      row.cells[1].remove();
      [...cells].forEach((letter, message) => {
        const cell = row.insertCell();
        cell.className = letter;
        cell.textContent = meanings.get(letter).sign;
        if (message === Number(sent)) cell.classList.add("t");
        if (message + 1 === cells.length && Number(sent) >= cells.length) cell.classList.add("e");
      });
    }
  };

  const steps = {
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    Home: [0, -Infinity],
    End: [0, Infinity],
  };

  const visitable = (map) => {
    const rows = [...map.tBodies[0].rows];
    const heads = map.tHead.rows[0].cells;
    const around = map.closest(".wide");
    const told = around.nextElementSibling;
    const why = told.nextElementSibling.children;
    let current = rows[0]?.cells[1];
    if (!current) return;
    const tell = (cell) => {
      const row = cell.parentElement;
      const { moment, victim, cells, why: reasons } = row.dataset;
      const message = cell.cellIndex - 1;
      const reason = Number(reasons.split(" ")[message]);
      const because = reason > 0 ? ` (${why[reason - 1].textContent})` : "";
      const { word } = meanings.get(cells[message]);
      const name = heads[cell.cellIndex].dataset.name;
      told.textContent = `Theft ${moment} from the ${victim}, message ${name}: ${word}${because}`;
    };
    const go = (cell) => {
      current.tabIndex = -1;
      current = cell;
      current.tabIndex = 0;
      current.focus();
    };
    current.tabIndex = 0;
    told.hidden = false;
    map.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step || event.target !== current) return;
      event.preventDefault();
      const within = (value, last) => Math.min(Math.max(value, 0), last);
      const row = rows[within(rows.indexOf(current.parentElement) + step[0], rows.length - 1)];
      go(row.cells[1 + within(current.cellIndex - 1 + step[1], row.cells.length - 2)]);
    });
    for (const [type, act] of [["focusin", tell], ["pointerover", tell], ["click", go]]) {
      map.addEventListener(type, (event) => {
        const cell = event.target.closest("td");
        if (cell) act(cell);
      });
    }
  };

  for (const map of document.querySelectorAll("table.map")) {
    draw(map);
    visitable(map);
  }

  const form = document.getElementById("moment");
  if (!form) return;
  const range = document.getElementById("moment-range");
  const told = document.getElementById("moment-told");
  const cards = [...document.querySelectorAll(".maps .card")];
  const rowsOf = (card) => [...card.querySelectorAll("table.map tbody tr")];
  const sent = new Map(cards.flatMap(rowsOf).map(({ dataset }) => [dataset.moment, Number(dataset.sent)]));
  const moments = [...sent.keys()].sort((one, other) => sent.get(one) - sent.get(other));
  const element = (name, words) => Object.assign(document.createElement(name), { textContent: words });
  const show = () => {
    const moment = moments[range.valueAsNumber];
    const when = `theft ${moment}, after ${sent.get(moment)} messages`;
    document.getElementById("moment-name").textContent = when;
    range.setAttribute("aria-valuetext", when);
    const list = document.createElement("ul");
    for (const card of cards) {
      const reads = [];
      for (const row of rowsOf(card)) {
        const isPicked = row.dataset.moment === moment;
        row.classList.toggle("now", isPicked);
        if (isPicked) reads.push(`from the ${row.dataset.victim}: ${row.dataset.reads}`);
      }
      const name = card.querySelector("h3").textContent;
      list.append(element("li", `${name}: ${reads.join("; ") || "no such theft"}`));
    }
    told.replaceChildren(element("p", `What a thief has at ${when}, by whose session was copied:`), list);
  };
  if (moments.length === 0) return;
  range.max = String(moments.length - 1);
  form.addEventListener("submit", (event) => event.preventDefault());
  range.addEventListener("input", show);
  form.hidden = false;
  show();
})();
