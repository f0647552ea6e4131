#include "navajo/identity/dialogue_params.h"

#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::identity {
namespace {

using config::ParamType;

constexpr config::ParamSpec not_there(const char* name) {
  return {.name = name, .doc = "Known from nevisProxy.", .not_yet = "nothing here heeds it"};
}

constexpr config::ParamSpec kDialogue[] = {
    {.name = "StateKey",
     .doc = "Keeps what this filter knows of a session apart from what filters with another StateKey know. Filters "
            "that share users share it."},
    {.name = "StoreInterceptedRequest",
     .type = ParamType::boolean,
     .default_value = "true",
     .doc = "A POST that a login interrupts is kept with its body, up to BodyReadSize, and repeated once when the user "
            "is known; else only its URL is gone to."},
    {.name = "OriginalUrl.Enable",
     .type = ParamType::boolean,
     .default_value = "true",
     .doc = "The forms of the login carry the URL the user wanted, protected against change, so that each tab of a "
            "browser goes on where it was."},
    {.name = "OriginalUrl.SecretKey",
     .doc = "Protects that URL, together with a random key each session has."},
    {.name = "BodyReadSize",
     .type = ParamType::bytes,
     .default_value = "32768",
     .minimum = 1024,
     .maximum = 1 << 20,
     .doc = "The longest body of answers, and of a request that is kept."},
    {.name = "RenegotiateCookieOnAuthContinue",
     .type = ParamType::boolean,
     .default_value = "true",
     .doc = "The session gets a new id with every step of the dialogue."},
    {.name = "RenewIdentification",
     .type = ParamType::choice,
     .default_value = "both",
     .choices = "both,never",
     .doc = "The session gets a new id when the user, or a role of his, becomes known. never: whoever knows the id "
            "from before is that user then."},
    not_there("SecureConnection"),
    not_there("PropagateInterceptionState"),
    not_there("ClearFrames"),
    not_there("PropagateFromEnv"),
    not_there("PropagateFromRequest"),
    not_there("RequestPeerCert"),
    not_there("NoClientCertRedirect"),
    not_there("InvalidLogoutRedirect"),
    not_there("SendAlwaysClientCert"),
    not_there("CheckAlwaysClientCert"),
    not_there("ClientCert"),
    not_there("StoreProperties"),
    not_there("SecTokenTolerance"),
    not_there("DelegateSecToken"),
    not_there("OnlySoapHeader"),
    not_there("InactivePolicy"),
    not_there("SynchronizeLoginRequests"),
};

}  // namespace

std::vector<config::ParamSpec> with_dialogue_params(std::span<const config::ParamSpec> own) {
  std::vector<config::ParamSpec> all(own.begin(), own.end());
  all.insert(all.end(), std::begin(kDialogue), std::end(kDialogue));
  return all;
}

DialogueSettings read_dialogue(const config::Params& params, const std::string& state) {
  DialogueSettings out;
  out.state = state + params.text("StateKey") + ".";
  out.store_request = params.boolean("StoreInterceptedRequest");
  out.keep_url = params.boolean("OriginalUrl.Enable");
  out.url_key = params.text("OriginalUrl.SecretKey");
  out.body_limit = params.bytes("BodyReadSize");
  out.renew_each_step = params.boolean("RenegotiateCookieOnAuthContinue");
  if (params.text("RenewIdentification") == "never")
    params.notice(params.where("RenewIdentification"), observe::id::login_without_renewal,
                  params.owner() + ": RenewIdentification never: a session id that somebody has planted or seen before "
                                   "the login is good after it");
  return out;
}

void check_servlet(const config::Params& params, const char* param, const config::WebXml* web_xml) {
  const std::string& name = params.text(param);
  if (!name.empty() && web_xml && !config::find_component(web_xml->servlets, name))
    params.fault(param, std::string(param) + ": " + config::no_component("servlet", name, web_xml->servlets));
}

}  // namespace navajo::identity
