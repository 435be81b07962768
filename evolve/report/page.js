"use strict";
(() => {
  const form = document.getElementById("filter");
  const talks = [...document.querySelectorAll("details.talk")];
  const count = document.getElementById("count");
  const held = document.getElementById("packed");
  let bodies = null;
  let words = null;
  const unpack = async () => {
    if (!held || bodies) return;
    const bytes = Uint8Array.from(atob(held.textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    bodies = JSON.parse(await new Response(stream).text());
  };
  const fill = async (talk) => {
    await unpack();
    if (!bodies || talk.querySelector(".talks")) return;
    talk.insertAdjacentHTML("beforeend", bodies[talks.indexOf(talk)]);
  };
  const textOf = (talk) => {
    if (!bodies) return talk.textContent.toLowerCase();
    words ??= bodies.map((body) => new DOMParser().parseFromString(body, "text/html").body.textContent.toLowerCase());
    return words[talks.indexOf(talk)];
  };
  for (const talk of talks) talk.addEventListener("toggle", () => talk.open && fill(talk));
  const show = async () => {
    const wanted = new FormData(form);
    const text = wanted.get("text").trim().toLowerCase();
    if (text) await unpack();
    let shown = 0;
    for (const talk of talks) {
      const data = talk.dataset;
      const fits =
        (!wanted.get("intention") || data.intention === wanted.get("intention")) &&
        (!wanted.get("temperament") || data.temperament === wanted.get("temperament")) &&
        (!wanted.get("ended") || data.ended.split(" ").includes(wanted.get("ended"))) &&
        (!wanted.get("unsafe") || data.unsafe !== "0") &&
        (!text || textOf(talk).includes(text));
      talk.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${talks.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open").addEventListener("click", () => {
    for (const talk of talks) if (!talk.hidden) talk.open = true;
  });
  document.getElementById("close").addEventListener("click", () => {
    for (const talk of talks) talk.open = false;
  });
  const follow = async () => {
    const name = location.hash.slice(1);
    const talk = document.getElementById((name.match(/^d\d+/) || [""])[0]);
    if (!talk) return;
    talk.hidden = false;
    talk.open = true;
    await fill(talk);
    (document.getElementById(name) || talk).scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
})();
