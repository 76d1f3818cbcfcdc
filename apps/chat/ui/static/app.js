// Panels are HTML that Python renders; this tells Python which of their buttons was used.
// Attributes: data-do (the action), data-id, data-ask (a question whose answer is sent as `value`),
// data-confirm (asked before), data-toggle (a drawer), data-zoom, data-key (keeps the focus over a new rendering).
(() => {
  "use strict";
  const triggers = {};
  const zooms = [0.6, 0.8, 1, 1.25, 1.6, 2, 2.6];
  let zoom = Number(localStorage.getItem("ragkit-zoom") || 2);

  // A word in the language of the page.
  function said(name) {
    const bar = document.querySelector(".topbar");
    return (bar && bar.dataset[name]) || name;
  }

  // The buttons of the question's field have pictures only; they lie within its label.
  function nameButtons() {
    const field = document.getElementById("question");
    const name = () => {
      field.querySelector("textarea").ariaLabel = said("question");
      for (const [kind, word] of [["submit", "send"], ["stop", "stop"]])
        for (const button of field.querySelectorAll(`.${kind}-button`))
          if (button.ariaLabel !== said(word)) button.ariaLabel = button.title = said(word);
    };
    name();
    new MutationObserver(name).observe(field, { childList: true, subtree: true });
  }

  function dialog({ text, field, value, danger }) {
    return new Promise((resolve) => {
      const box = document.createElement("dialog");
      box.className = "ragkit-dialog";
      const form = document.createElement("form");
      form.method = "dialog";
      const label = document.createElement("label");
      label.textContent = text;
      form.append(label);
      let input = null;
      if (field) {
        input = document.createElement("input");
        input.type = field;
        input.value = value || "";
        input.autocomplete = "off";
        label.append(input);
      }
      const row = document.createElement("div");
      const cancel = document.createElement("button");
      cancel.type = "button";
      cancel.textContent = said("cancel");
      cancel.onclick = () => box.close("");
      const ok = document.createElement("button");
      ok.type = "submit";
      ok.value = "ok";
      ok.textContent = said("ok");
      ok.className = danger ? "danger" : "primary";
      row.append(cancel, ok);
      form.append(row);
      box.append(form);
      document.body.append(box);
      box.addEventListener("close", () => {
        const chosen = box.returnValue === "ok";
        resolve(chosen ? (input ? input.value : true) : null);
        box.remove();
      });
      box.showModal();
      if (input) input.select();
    });
  }

  async function send(button, trigger) {
    const event = { ...button.dataset };
    const menu = button.closest("details.menu");
    if (menu) menu.open = false;
    if (event.ask) {
      const value = await dialog({ text: event.ask, field: event.type || "text", value: event.value });
      if (value === null || value === "") return;
      event.value = value;
    }
    if (event.confirm && !(await dialog({ text: event.confirm, danger: true }))) return;
    if (button.type === "checkbox") event.checked = button.checked;
    if (button.tagName === "SELECT") event.value = button.value;
    if (event.do === "used" || (event.do === "rate" && !event.good)) toggle("evidence", true);
    delete event.ask;
    delete event.confirm;
    trigger(event.event || "click", event);
  }

  function toggle(name, open) {
    const drawn = document.body.classList.toggle(`show-${name}`, open);
    for (const other of ["library", "evidence"])
      if (drawn && other !== name) document.body.classList.remove(`show-${other}`);
  }

  function resize(element) {
    const paper = element.querySelector(".paper .zoomed");
    if (paper) paper.style.width = `${zooms[zoom] * 100}%`;
  }

  function reveal(element) {
    resize(element);
    const mark = element.querySelector(".paper mark, .passage mark");
    const frame = element.querySelector(".paper, .passage");
    if (mark && frame) {
      const inside = mark.getBoundingClientRect(), around = frame.getBoundingClientRect();
      frame.scrollTop += inside.top - around.top - around.height / 3;
      frame.scrollLeft += inside.left - around.left - around.width / 4;
    }
  }

  function filter(element) {
    const field = element.querySelector("[data-filter]");
    if (!field) return;
    const wanted = field.value.toLowerCase();
    const rows = [...element.querySelectorAll(".files > li")];
    for (const row of rows) row.hidden = !row.dataset.name.includes(wanted);
    element.querySelector(".found-none").hidden = !wanted || rows.some((row) => !row.hidden);
  }

  function panel(name, element, trigger, watch) {
    triggers[name] = trigger;
    let focused = null, typed = "", opened = null, finding = 0, scrolled = 0;
    element.addEventListener("scroll", (event) => {
      if (event.target.matches(".files")) scrolled = event.target.scrollTop;
    }, true);
    element.addEventListener("toggle", (event) => {
      const key = event.target.matches("details.menu") && event.target.firstElementChild.dataset.key;
      if (key) opened = event.target.open ? key : opened === key ? null : opened;
    }, true);
    element.addEventListener("focusin", (event) => (focused = event.target.dataset.key || null));
    element.addEventListener("click", (event) => {
      const zoomed = event.target.closest("[data-zoom]");
      if (zoomed) {
        zoom = Math.min(zooms.length - 1, Math.max(0, zoom + (zoomed.dataset.zoom === "+" ? 1 : -1)));
        localStorage.setItem("ragkit-zoom", zoom);
        reveal(element);
      }
      const button = event.target.closest("button[data-do]");
      if (button) send(button, trigger);
    });
    element.addEventListener("change", (event) => {
      if (event.target.matches("select[data-do], input[type=checkbox][data-do]")) send(event.target, trigger);
    });
    element.addEventListener("input", (event) => {
      if (event.target.matches("[data-filter]")) {
        typed = event.target.value;
        filter(element);
        clearTimeout(finding);
        if (event.target.dataset.many) finding = setTimeout(() => trigger("click", { do: "find", value: typed }), 250);
      }
    });
    watch("value", () => {
      for (const box of element.querySelectorAll("input[type=checkbox][data-do]"))
        box.checked = box.hasAttribute("checked"); // a patched attribute leaves what was clicked
      const field = element.querySelector("[data-filter]");
      if (field && typed) {
        field.value = typed;
        filter(element);
      }
      const menu = opened && element.querySelector(`summary[data-key="${CSS.escape(opened)}"]`);
      if (menu) menu.parentElement.open = true;
      const again = focused && element.querySelector(`[data-key="${CSS.escape(focused)}"]`);
      const list = element.querySelector(".files");
      if (list) list.scrollTop = scrolled;
      const undo = focused && !again && element.querySelector('[data-key="undo"]');
      if (document.activeElement === document.body) (again || undo)?.focus({ preventScroll: true });
      if (name === "talks" || name === "library") requestAnimationFrame(remember);
      if (name === "evidence") requestAnimationFrame(() => reveal(element));
      if (name === "talk" || name === "writing") requestAnimationFrame(() => follow(element));
    });
    if (name === "upload") uploads(element);
    if (name === "topbar") {
      theme();  // Gradio has set its own meanwhile
      watch("value", nameButtons);
    }
  }

  function uploads(element) {
    const drop = element.querySelector("[data-drop]"), list = element.querySelector(".uploads");
    const start = (files) => {
      const place = document.querySelector("[data-collection]").dataset.collection;
      for (const file of files) upload(file, list, drop.dataset, place);
    };
    drop.querySelector("input").addEventListener("change", (event) => {
      start([...event.target.files]);
      event.target.value = "";
    });
    for (const kind of ["dragover", "dragenter"])
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    for (const kind of ["dragover", "drop"]) // a file that is dropped beside it must not replace the page
      document.addEventListener(kind, (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
    for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      start([...event.dataTransfer.files]);
    });
  }

  let line = Promise.resolve();
  function upload(file, list, words, place) {
    const row = document.createElement("li"), name = document.createElement("span");
    const bar = document.createElement("progress"), state = document.createElement("small");
    name.textContent = file.name;
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${words.wordsUploading} ${file.name}`);
    state.textContent = words.wordsUploading;
    row.append(name, state, bar);
    list.append(row);
    const large = file.size > Number(words.most) && words.wordsLarge;
    line = line.then(() => large || sent(file, bar, place)).then((refused) => {
      look();
      if (!refused) return row.remove();
      row.className = "refused";
      row.setAttribute("role", "alert");
      state.textContent = refused === true ? words.wordsFailed : refused;
      bar.remove();
      const away = document.createElement("button");
      away.className = "icon";
      away.textContent = "×";
      away.setAttribute("aria-label", `× ${file.name}`);
      away.onclick = () => row.remove();
      row.append(away);
    });
  }

  function sent(file, bar, place) {
    return new Promise((resolve) => {
      const form = new FormData();
      form.append("file", file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", `/api/collections/${encodeURIComponent(place)}/files`);
      request.upload.onprogress = (event) => (bar.value = event.loaded);
      request.onerror = request.onabort = () => resolve(true);
      request.onload = () => {
        if (request.status === 401) signedOut();
        let reply = {};
        try {
          reply = JSON.parse(request.responseText);
        } catch {
          reply = {};
        }
        if (reply.refused && reply.refused.length) resolve(reply.refused[0].reason);
        else resolve(request.status < 300 ? false : reply.error || true);
      };
      request.send(form);
    });
  }

  // The words of an answer, with the numbers of its sources.
  function copied(answer) {
    const copy = answer.cloneNode(true);
    for (const part of copy.querySelectorAll(".tools, .verdict.supported, .verdict.unchecked")) part.remove();
    for (const chip of copy.querySelectorAll(".cite")) chip.textContent = `[${chip.textContent}]`;
    for (const block of copy.querySelectorAll("p, li, h1, h2, h3, pre, tr")) block.append("\n");
    return copy.textContent.replace(/[ \t]+/g, " ").replace(/ ?\n[ \n]*/g, "\n").trim();
  }

  // Whose session has ended is told so, and asks for nothing more.
  let out = false;
  function signedOut() {
    if (out) return;
    out = true;
    const box = document.createElement("div"), link = document.createElement("a");
    box.className = "signed-out";
    box.setAttribute("role", "alert");
    box.textContent = said("signedOut") + " ";
    link.href = "/login";
    link.textContent = said("logIn");
    box.append(link);
    document.body.prepend(box);
  }
  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const reply = await fetched(...given);
    if (reply.status === 401) signedOut();
    return reply;
  };

  // The list of documents is asked for again while it will soon look otherwise; an error in it can be read.
  function look() {
    if (triggers.library && !out) triggers.library("input", {});
  }
  setInterval(() => {
    if (document.querySelector('[data-changes="1"]') && !document.querySelector("#library-panel [role=alert]")) look();
  }, 1500);

  function write(text) {
    if (navigator.clipboard) return void navigator.clipboard.writeText(text);
    const field = document.createElement("textarea"); // over plain http there is no clipboard
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }

  // A page that is loaded again goes back to what it showed.
  let returned = false;
  function remember() {
    const shown = document.querySelector("[data-collection]"), talks = document.querySelector("[data-talk]");
    if (!shown || !talks) return;
    const place = { id: shown.dataset.collection, value: talks.dataset.talk };
    const last = JSON.parse(localStorage.getItem("ragkit-place") || "null");
    if (!returned) {
      returned = true;
      if (last && (last.id !== place.id || last.value !== place.value)) {
        triggers.library("click", { do: "return", ...last });
        return;
      }
    }
    localStorage.setItem("ragkit-place", JSON.stringify(place));
  }

  function follow(element) {
    const frame = document.getElementById("talk");
    if (frame && element.firstElementChild) frame.scrollTop = frame.scrollHeight;
  }

  document.addEventListener("click", (event) => {
    const copying = event.target.closest("[data-copy]");
    if (copying) {
      write(copied(copying.closest(".answer")));
      copying.classList.add("done");
      setTimeout(() => copying.classList.remove("done"), 1200);
      return;
    }
    const chip = event.target.closest("a.cite, a.source");
    if (chip) {
      event.preventDefault();
      event.stopPropagation();
      for (const other of document.querySelectorAll("a.chosen")) other.classList.remove("chosen");
      chip.classList.add("chosen");
      if (triggers.evidence) triggers.evidence("click", { do: "cite", id: chip.getAttribute("href") });
      toggle("evidence", true);
      return;
    }
    const drawer = event.target.closest("[data-toggle]");
    if (drawer) return void toggle(drawer.dataset.toggle);
    if (event.target.closest("[data-theme-switch]")) {
      const dark = document.body.classList.toggle("dark");
      localStorage.setItem("ragkit-theme", dark ? "dark" : "light");
      return;
    }
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target) || event.target.closest("a[role=menuitem]")) menu.open = false;
    if (!event.target.closest("#library, #evidence, a.cite, a.source, dialog"))
      document.body.classList.remove("show-library", "show-evidence");
  }, true);

  // The editor's own label says nothing, and stands in English only.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".cm-content")) {
      const label = event.target.closest(".block").querySelector("label");
      event.target.ariaLabel = label ? label.textContent.trim() : "YAML";
    }
  });

  // Arrows, Home and End go through an open menu, as menus do; its button opens it with the arrow down.
  function moveInMenu(event) {
    const menu = event.target.closest("details.menu");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    menu.open = true;
    const items = [...menu.querySelectorAll("[role=menuitem]")], at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    items.at(next % items.length).focus();
  }

  function closeMenus(event) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      if (menu.contains(event.target)) menu.firstElementChild.focus();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.body.classList.remove("show-library", "show-evidence");
      closeMenus(event);
    }
    moveInMenu(event);
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing) {
      const field = document.querySelector("#question textarea");
      if (field) {
        event.preventDefault();
        field.focus();
      }
    }
  });

  function theme() {
    const chosen = localStorage.getItem("ragkit-theme");
    if (chosen) document.body.classList.toggle("dark", chosen === "dark");
  }
  if (document.body) theme();
  document.addEventListener("DOMContentLoaded", theme);
  window.ragkit = { panel };
})();
