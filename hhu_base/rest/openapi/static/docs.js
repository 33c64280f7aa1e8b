// /docs/: Swagger UI over /openapi.json, and the form that signs in for it.
"use strict";
(function () {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const paint = () => document.documentElement.classList.toggle("dark-mode", system.matches);
  paint();
  system.addEventListener("change", paint);

  const ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    validatorUrl: null,
  });

  const find = (id) => document.getElementById(id);
  const form = find("sign-in");
  const say = (sentence, isWrong) => {
    find("said").textContent = sentence;
    find("said").classList.toggle("wrong", Boolean(isWrong));
  };
  const show = (username) => {
    form.hidden = Boolean(username);
    find("signed-in").hidden = !username;
    find("who").textContent = username;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const username = form.username.value.trim();
    button.disabled = true;
    try {
      const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const answer = await response.json();
      if (!response.ok) {
        say(Object.values(answer).flat().join(""), true);
        return;
      }
      ui.preauthorizeApiKey("Token", `Token ${answer.token}`);
      form.password.value = "";
      show(username);
      say("令牌只留在这个页面里，关闭即忘。试用会真的改动数据。");
      find("sign-out").focus();
    } catch {
      say("连接不上服务器，请稍后再试。", true);
    } finally {
      button.disabled = false;
    }
  });

  find("sign-out").addEventListener("click", () => {
    ui.authActions.logout(["Token"]);
    show("");
    say("已退出。");
    form.username.focus();
  });
})();
