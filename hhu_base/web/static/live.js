// A search that answers while one types: <form data-live="ID ID"> takes these parts from the page of its own address.
"use strict";
for (const form of document.querySelectorAll("form[data-live]")) {
  const parts = form.dataset.live.split(" ").map((id) => document.getElementById(id));
  let timer = 0, asking = null;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const url = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
    try {
      const answer = await fetch(url, { signal: asking.signal });
      if (answer.redirected) { location.assign(url); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts) part.replaceChildren(...page.getElementById(part.id).childNodes);
      history.replaceState(null, "", url);
    } catch (error) {
      // Without a network the button still says so.
      if (error.name !== "AbortError") console.warn(error.message);
    }
  }
}
