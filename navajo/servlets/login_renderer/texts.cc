#include "navajo/servlets/login_renderer/texts.h"

#include "navajo/http/headers.h"

namespace navajo::servlets::login_renderer {
namespace {

constexpr std::string_view kLanguages[] = {"en", "de", "fr", "it"};
constexpr size_t kCount = std::size(kLanguages);

struct Row {
  std::string_view key;
  std::string_view texts[kCount];
};

constexpr Row kTable[] = {
    {"login.title", {"Log in", "Anmelden", "Connexion", "Accesso"}},
    {"login.submit", {"Log in", "Anmelden", "Se connecter", "Accedi"}},
    {"login.user", {"User name", "Benutzername", "Nom d’utilisateur", "Nome utente"}},
    {"login.password", {"Password", "Passwort", "Mot de passe", "Password"}},
    {"login.code", {"One-time code", "Einmalcode", "Code à usage unique", "Codice monouso"}},
    {"login.please",
     {"Please log in to go on.", "Bitte melden Sie sich an, um fortzufahren.",
      "Veuillez vous connecter pour continuer.", "Effettua l’accesso per continuare."}},
    {"login.required",
     {"This page asks for a login.", "Diese Seite verlangt eine Anmeldung.", "Cette page demande une connexion.",
      "Questa pagina richiede l’accesso."}},
    {"login.incomplete",
     {"Please fill in all fields.", "Bitte füllen Sie alle Felder aus.", "Veuillez remplir tous les champs.",
      "Compila tutti i campi."}},
    {"login.failed",
     {"That did not work. Please check what you typed.", "Das hat nicht geklappt. Bitte prüfen Sie Ihre Eingaben.",
      "Cela n’a pas fonctionné. Veuillez vérifier votre saisie.",
      "Non ha funzionato. Controlla i dati inseriti."}},
    {"login.locked",
     {"Too many attempts failed. Please wait before you try again.",
      "Zu viele Versuche sind fehlgeschlagen. Bitte warten Sie, bevor Sie es erneut versuchen.",
      "Trop de tentatives ont échoué. Veuillez patienter avant de réessayer.",
      "Troppi tentativi falliti. Attendi prima di riprovare."}},
    {"login.expired",
     {"The login took too long. Please start again.", "Die Anmeldung hat zu lange gedauert. Bitte beginnen Sie neu.",
      "La connexion a pris trop de temps. Veuillez recommencer.",
      "L’accesso ha richiesto troppo tempo. Ricomincia da capo."}},
    {"login.unavailable",
     {"Logging in is not possible at the moment. Please try again later.",
      "Die Anmeldung ist zurzeit nicht möglich. Bitte versuchen Sie es später erneut.",
      "La connexion n’est pas possible pour le moment. Veuillez réessayer plus tard.",
      "Al momento non è possibile accedere. Riprova più tardi."}},
    {"login.retry",
     {"You can try again in {0} seconds.", "Sie können es in {0} Sekunden erneut versuchen.",
      "Vous pourrez réessayer dans {0} secondes.", "Puoi riprovare tra {0} secondi."}},
    {"login.as", {"Logged in as {0}", "Angemeldet als {0}", "Connecté en tant que {0}", "Accesso effettuato come {0}"}},
    {"login.request", {"Request {0}", "Anfrage {0}", "Requête {0}", "Richiesta {0}"}},
    {"stepup.title",
     {"Confirm your identity", "Identität bestätigen", "Confirmez votre identité", "Conferma la tua identità"}},
    {"stepup.submit", {"Confirm", "Bestätigen", "Confirmer", "Conferma"}},
    {"stepup.please",
     {"This page needs another proof of who you are.", "Diese Seite verlangt einen weiteren Nachweis Ihrer Identität.",
      "Cette page exige une autre preuve de votre identité.",
      "Questa pagina richiede un’ulteriore prova della tua identità."}},
    {"logout.title", {"Logged out", "Abgemeldet", "Déconnecté", "Disconnesso"}},
    {"logout.done",
     {"You are logged out. Close the browser if others use this device.",
      "Sie sind abgemeldet. Schliessen Sie den Browser, falls andere dieses Gerät benutzen.",
      "Vous êtes déconnecté. Fermez le navigateur si d’autres personnes utilisent cet appareil.",
      "Hai effettuato la disconnessione. Chiudi il browser se altri usano questo dispositivo."}},
    {"logout.again", {"Log in again", "Erneut anmelden", "Se reconnecter", "Accedi di nuovo"}},
};

// kCount: none.
size_t index_of(std::string_view language) {
  for (size_t i = 0; i < kCount; i++)
    if (http::same_name(kLanguages[i], language.substr(0, language.find('-')))) return i;
  return kCount;
}

}  // namespace

bool Texts::has_built_in(std::string_view language) { return index_of(language) < kCount; }

Texts::Texts(std::string_view language) : language_(language) {
  const size_t index = has_built_in(language) ? index_of(language) : 0;
  for (const Row& row : kTable) set(row.key, row.texts[index]);
}

void Texts::set(std::string_view key, std::string_view text) { texts_.insert_or_assign(std::string(key), text); }

std::optional<std::string_view> Texts::find(std::string_view key) const {
  const auto found = texts_.find(key);
  if (found == texts_.end()) return std::nullopt;
  return std::string_view(found->second);
}

std::string Texts::get(std::string_view key, std::string_view argument) const {
  std::string out(get(key));
  if (const size_t at = out.find("{0}"); at != std::string::npos) out.replace(at, 3, argument);
  return out;
}

}  // namespace navajo::servlets::login_renderer
