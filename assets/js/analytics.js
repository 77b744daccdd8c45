// Loads analytics of a third party after consent (P17); tells it the pattern of the route, and nothing of what stands on the page.
export function start() {
  const { analytics, page, from } = document.querySelector("[data-analytics]").dataset;
  const queue = (window.dataLayer = window.dataLayer || []);
  function tell() { queue.push(arguments); }
  const ad = "denied";
  tell("consent", "default", { ad_storage: ad, ad_user_data: ad, ad_personalization: ad });
  tell("js", new Date());
  tell("config", analytics, { anonymize_ip: true, allow_google_signals: false, allow_ad_personalization_signals: false, cookie_domain: "none", cookie_expires: 15552000,
    page_location: location.origin + page, page_path: page, page_title: page, page_referrer: location.origin });
  const createScriptURL = () => from;
  const src = globalThis.trustedTypes?.createPolicy("analytics", { createScriptURL }).createScriptURL("") ?? from;
  document.head.append(Object.assign(document.createElement("script"), { src }));
}
