// Swagger UI speaks English only, and leaves some of its controls without a name: both is mended here,
// whenever it draws something. What comes from the document or from an answer stays as it is.
"use strict";
(function () {
  const WORDS = {
    "Authorize": "令牌", "Available authorizations": "令牌", "Authorized": "已填写令牌", "Logout": "清除",
    "Close": "关闭", "Value:": "令牌：", "Name:": "名称：", "In:": "位置：", "Value": "令牌",
    "Parameters": "参数", "No parameters": "没有参数", "Name": "名称", "Description": "说明", "Type": "类型",
    "Try it out": "试用", "Cancel": "取消", "Reset": "还原", "Execute": "执行", "Clear": "清除",
    "Request body": "请求内容", "Edit Value": "编辑", "Send empty value": "发送空值", "Examples": "例子", "Examples:": "例子：",
    "Responses": "回答", "Response content type": "回答的类型", "Server response": "服务器的回答",
    "Response body": "内容", "Response headers": "头", "Request duration": "用时", "Request URL": "请求地址", "Curl": "curl 命令",
    "Code": "状态", "Details": "详情", "Links": "链接", "No links": "没有", "Download": "下载", "Download file": "下载文件",
    "Media type": "类型", "Controls": "决定", "header.": "头。", "Example Value": "例子", "Schema": "结构", "Schemas": "数据结构", "Headers:": "头：",
    "required": "必填", "Default value": "默认值", "Example": "例子", "Loading...": "正在载入……", "Loading": "正在载入……", "LOADING": "正在载入……",
    "Failed to load API definition.": "载入不了接口文档，请刷新。", "Undocumented": "文档里没有", "Unrecognized response type; displaying content as text.": "不认识的类型，按文字显示。",
    "Expand all": "全部展开", "Collapse all": "全部收起", "No operations defined in spec!": "没有接口。", "Add item": "加一项", "Remove": "去掉",
    "Filter by tag": "按分类筛选", "Filter by tag or path": "按分类或路径筛选", "Collapse operation": "收起", "Expand operation": "展开",
    "Copy path to clipboard": "复制路径", "Copy cURL command to clipboard": "复制 curl 命令", "Copy code to clipboard": "复制",
    "Copy to clipboard": "复制", "authorization button locked": "已填写令牌", "authorization button unlocked": "还没有令牌",
    "Media Type": "类型", "Request content type": "请求内容的类型", "auth-bearer-value": "令牌", "Authorization: Available authorizations": "令牌",
  };
  const OTHERS = "pre, code, textarea, .opblock-summary-path, td .parameter__name, .renderedMarkdown";
  const ATTRIBUTES = ["placeholder", "title", "aria-label"];
  const root = document.getElementById("swagger");

  function say(node) {
    const text = node.nodeValue;
    const words = text.trim();
    if (words.endsWith(" characters")) node.nodeValue = text.replace(" characters", " 个字符");
    if (!Object.hasOwn(WORDS, words) || node.parentElement?.closest(OTHERS)) return;
    node.nodeValue = text.replace(words, WORDS[words]);
  }

  function name(element) {
    for (const attribute of ATTRIBUTES) {
      const words = element.getAttribute(attribute);
      if (words && Object.hasOwn(WORDS, words)) element.setAttribute(attribute, WORDS[words]);
    }
    if (element.matches("button[value], input[type=submit]") && Object.hasOwn(WORDS, element.value)) element.value = WORDS[element.value];
    const isNameless = !element.hasAttribute("aria-label") && !element.labels?.length;
    if (element.matches("select") && isNameless) element.setAttribute("aria-label", "选择");
    if (element.matches("textarea, input:not([type=hidden])") && isNameless && !element.placeholder) element.setAttribute("aria-label", "请求内容");
    // A link within a button can be reached by nobody.
    if (element.matches("button a[href]")) element.removeAttribute("href");
    if (element.matches(".microlight, pre, .highlight-code > *, .example")) element.tabIndex = 0;
    if (element.matches("[role=main], main")) element.setAttribute("role", "group");
  }

  function mend(part) {
    if (part.nodeType === Node.TEXT_NODE) { say(part); return; }
    if (part.nodeType !== Node.ELEMENT_NODE) return;
    name(part);
    for (const element of part.querySelectorAll("*")) name(element);
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) say(walker.currentNode);
  }

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") say(change.target);
      else if (change.type === "attributes") name(change.target);
      else change.addedNodes.forEach(mend);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: [...ATTRIBUTES, "href"] });
})();
