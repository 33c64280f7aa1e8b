// Asking the server: JSON both ways, and sentences for people when it refuses.

export class Refusal extends Error {
  // `needsConsent`: only a limit of the site is in the way, which may be exceeded knowingly.
  constructor(sentence, needsConsent = false) {
    super(sentence);
    this.needsConsent = needsConsent;
  }
}

export function get(url, parameters) {
  return ask(`${url}?${new URLSearchParams(parameters)}`, {});
}

export function post(url, content, token) {
  return ask(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(content),
  });
}

async function ask(url, options) {
  let answer;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Refusal("连不上服务器，没有保存。请检查网络后重试。");
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (answer.status === 401) {
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(`/admin/sign-in?next=${here}`);
  }
  if (content.knowingly) throw new Refusal(content.knowingly.join(""), true);
  const sentences = Object.values(content).flat().filter((each) => typeof each === "string");
  throw new Refusal(sentences.join(" ") || "服务器出错，没有保存。请稍后重试。");
}
