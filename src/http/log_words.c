/* SPDX-License-Identifier: MIT */
#include "http/log_words.h"

#include <string.h>

#include "base/event.h"

const char *const log_locales[LOG_LOCALES] = {"en", "es", "ru", "uk", "pl", "nl", "tr", "fr", "da"};

/* In their order. */
static const char *const words[EVENT_KINDS][LOG_LOCALES] = {
    [EVENT_DEVICE_BOOTED] = {"The panel has started", "El panel se ha iniciado", "Панель запущена",
                             "Панель запущено", "Panel został uruchomiony", "Het paneel is gestart",
                             "Panel başlatıldı", "La platine a démarré", "Panelet er startet"},
    [EVENT_SIP_REGISTERED] = {"Registered with the SIP server", "Registrado en el servidor SIP",
                              "Регистрация на SIP-сервере выполнена",
                              "Реєстрацію на SIP-сервері виконано",
                              "Zarejestrowano na serwerze SIP", "Geregistreerd bij de SIP-server",
                              "SIP sunucusuna kaydolundu", "Enregistrée auprès du serveur SIP",
                              "Registreret hos SIP-serveren"},
    [EVENT_SIP_REGISTRATION_LOST] = {"SIP registration lost", "Registro SIP perdido",
                                     "Регистрация SIP потеряна", "Реєстрацію SIP втрачено",
                                     "Utracono rejestrację SIP", "SIP-registratie verloren",
                                     "SIP kaydı kayboldu", "Enregistrement SIP perdu",
                                     "SIP-registrering mistet"},
    [EVENT_SETTINGS_CHANGED] = {"Settings changed", "Ajustes modificados", "Настройки изменены",
                                "Налаштування змінено", "Zmieniono ustawienia",
                                "Instellingen gewijzigd", "Ayarlar değiştirildi",
                                "Réglages modifiés", "Indstillinger ændret"},
    [EVENT_SUCCESSFUL_LOGIN] = {"Log-in by API or page", "Inicio de sesión por API o página",
                                "Вход через API или страницу", "Вхід через API або сторінку",
                                "Logowanie przez API lub stronę", "Aanmelding via API of pagina",
                                "API veya sayfa üzerinden giriş", "Connexion par l'API ou la page",
                                "Login via API eller side"},
    [EVENT_INCORRECT_LOGIN] =
        {"Wrong password by API or page", "Contraseña incorrecta por API o página",
         "Неверный пароль через API или страницу", "Хибний пароль через API або сторінку",
         "Błędne hasło przez API lub stronę", "Verkeerd wachtwoord via API of pagina",
         "API veya sayfa üzerinden yanlış parola", "Mot de passe erroné par l'API ou la page",
         "Forkert adgangskode via API eller side"},
    [EVENT_PASSWORD_CHANGED] = {"The admin password was changed",
                                "Contraseña de administrador modificada",
                                "Пароль администратора изменён", "Пароль адміністратора змінено",
                                "Zmieniono hasło administratora",
                                "Het beheerderswachtwoord is gewijzigd",
                                "Yönetici parolası değiştirildi",
                                "Mot de passe administrateur modifié",
                                "Administratorens adgangskode er ændret"},
    [EVENT_BUTTON_PRESSED] = {"Button pressed", "Botón pulsado", "Нажата кнопка",
                              "Натиснуто кнопку", "Naciśnięto przycisk", "Knop ingedrukt",
                              "Düğmeye basıldı", "Bouton appuyé", "Knap trykket"},
    [EVENT_OUTGOING_CALL] = {"Outgoing call", "Llamada saliente", "Исходящий вызов",
                             "Вихідний виклик", "Połączenie wychodzące", "Uitgaande oproep",
                             "Giden çağrı", "Appel sortant", "Udgående opkald"},
    [EVENT_OUTGOING_CALL_WEB] =
        {"Outgoing call, started by API or page", "Llamada saliente por API o página",
         "Исходящий вызов через API или страницу", "Вихідний виклик через API або сторінку",
         "Połączenie wychodzące przez API lub stronę", "Uitgaande oproep via API of pagina",
         "API veya sayfa üzerinden giden çağrı", "Appel sortant par l'API ou la page",
         "Udgående opkald via API eller side"},
    [EVENT_OUTGOING_CALL_MISSED] = {"Nobody has answered the call",
                                    "Nadie ha contestado la llamada", "На вызов никто не ответил",
                                    "На виклик ніхто не відповів", "Nikt nie odebrał połączenia",
                                    "Niemand heeft de oproep beantwoord",
                                    "Çağrıya kimse yanıt vermedi", "Personne n'a répondu à l'appel",
                                    "Ingen har besvaret opkaldet"},
    [EVENT_INCOMING_CALL] = {"Incoming call", "Llamada entrante", "Входящий вызов",
                             "Вхідний виклик", "Połączenie przychodzące", "Inkomende oproep",
                             "Gelen çağrı", "Appel entrant", "Indgående opkald"},
    [EVENT_CALL_RINGING] = {"It rings at the other end", "Suena al otro lado", "У абонента звонит",
                            "В абонента дзвонить", "Dzwoni po drugiej stronie",
                            "Het gaat over aan de andere kant", "Karşı tarafta çalıyor",
                            "Ça sonne à l'autre bout", "Det ringer i den anden ende"},
    [EVENT_CALL_ANSWERED] = {"Call answered", "Llamada contestada", "На вызов ответили",
                             "На виклик відповіли", "Połączenie odebrane", "Oproep beantwoord",
                             "Çağrı yanıtlandı", "Appel décroché", "Opkald besvaret"},
    [EVENT_CALL_ENDED] = {"Call ended", "Llamada terminada", "Вызов завершён", "Виклик завершено",
                          "Połączenie zakończone", "Oproep beëindigd", "Çağrı sona erdi",
                          "Appel terminé", "Opkald afsluttet"},
    [EVENT_WRONG_DTMF_CODE] = {"Wrong code pressed during a call",
                               "Código incorrecto durante una llamada",
                               "Неверный код во время вызова", "Хибний код під час виклику",
                               "Błędny kod podczas połączenia", "Verkeerde code tijdens een oproep",
                               "Çağrı sırasında yanlış kod", "Code erroné pendant un appel",
                               "Forkert kode under et opkald"},
    [EVENT_OPENED_BY_CALL] =
        {"Door opened by the called person", "Puerta abierta por la persona llamada",
         "Дверь открыта вызванным абонентом", "Двері відчинено викликаним абонентом",
         "Drzwi otwarte przez wywołaną osobę", "Deur geopend door de opgeroepen persoon",
         "Kapı aranan kişi tarafından açıldı", "Porte ouverte par la personne appelée",
         "Dør åbnet af den opkaldte person"},
    [EVENT_OPENED_BY_API] = {"Door opened by API or page", "Puerta abierta por API o página",
                             "Дверь открыта через API или страницу",
                             "Двері відчинено через API або сторінку",
                             "Drzwi otwarte przez API lub stronę", "Deur geopend via API of pagina",
                             "Kapı API veya sayfa üzerinden açıldı",
                             "Porte ouverte par l'API ou la page", "Dør åbnet via API eller side"},
    [EVENT_OPENED_BY_EMERGENCY] = {"Door opened for an emergency", "Puerta abierta por emergencia",
                                   "Дверь открыта в экстренном режиме",
                                   "Двері відчинено в екстреному режимі", "Drzwi otwarte awaryjnie",
                                   "Deur geopend wegens noodgeval", "Kapı acil durum için açıldı",
                                   "Porte ouverte en urgence", "Dør åbnet i en nødsituation"},
    [EVENT_OPENED_BY_BUTTON] = {"Door opened by the exit button",
                                "Puerta abierta por el botón de salida",
                                "Дверь открыта кнопкой выхода", "Двері відчинено кнопкою виходу",
                                "Drzwi otwarte przyciskiem wyjścia",
                                "Deur geopend met de uitgangsknop", "Kapı çıkış düğmesiyle açıldı",
                                "Porte ouverte par le bouton de sortie",
                                "Dør åbnet med udgangsknappen"},
    [EVENT_OPENED_BY_FREE_BUTTON] =
        {"Door opened by the free access button", "Puerta abierta por el botón de acceso libre",
         "Дверь открыта кнопкой свободного доступа", "Двері відчинено кнопкою вільного доступу",
         "Drzwi otwarte przyciskiem wolnego dostępu", "Deur geopend met de knop voor vrije toegang",
         "Kapı serbest geçiş düğmesiyle açıldı", "Porte ouverte par le bouton d'accès libre",
         "Dør åbnet med knappen for fri adgang"},
    [EVENT_GRANTED] = {"Door opened by a valid card or code",
                       "Puerta abierta por una tarjeta o un código válido",
                       "Дверь открыта действительной картой или кодом",
                       "Двері відчинено дійсною карткою або кодом",
                       "Drzwi otwarte ważną kartą lub kodem",
                       "Deur geopend met een geldige kaart of code",
                       "Kapı geçerli bir kart veya kodla açıldı",
                       "Porte ouverte par un badge ou un code valable",
                       "Dør åbnet med et gyldigt kort eller en gyldig kode"},
    [EVENT_GRANTED_MASTER_CODE] = {"Door opened by the master code",
                                   "Puerta abierta por el código maestro",
                                   "Дверь открыта общим кодом", "Двері відчинено загальним кодом",
                                   "Drzwi otwarte kodem głównym", "Deur geopend met de hoofdcode",
                                   "Kapı ana kodla açıldı", "Porte ouverte par le code maître",
                                   "Dør åbnet med hovedkoden"},
    [EVENT_GRANTED_BY_SERVER] = {"Door opened by the remote access server",
                                 "Puerta abierta por el servidor de acceso remoto",
                                 "Дверь открыта удалённым сервером доступа",
                                 "Двері відчинено віддаленим сервером доступу",
                                 "Drzwi otwarte przez zdalny serwer dostępu",
                                 "Deur geopend door de externe toegangsserver",
                                 "Kapı uzak erişim sunucusu tarafından açıldı",
                                 "Porte ouverte par le serveur d'accès distant",
                                 "Dør åbnet af fjernadgangsserveren"},
    [EVENT_DENIED_BY_SERVER] =
        {"Refused by the remote access server", "Rechazado por el servidor de acceso remoto",
         "Отказано удалённым сервером доступа", "Відмовлено віддаленим сервером доступу",
         "Odmowa zdalnego serwera dostępu", "Geweigerd door de externe toegangsserver",
         "Uzak erişim sunucusu reddetti", "Refusé par le serveur d'accès distant",
         "Afvist af fjernadgangsserveren"},
    [EVENT_DENIED] = {"Refused: the card or code is not valid now",
                      "Rechazado: la tarjeta o el código no es válido ahora",
                      "Отказано: карта или код сейчас недействительны",
                      "Відмовлено: картка або код зараз недійсні",
                      "Odmowa: karta lub kod są teraz nieważne",
                      "Geweigerd: de kaart of code is nu niet geldig",
                      "Reddedildi: kart veya kod şu anda geçerli değil",
                      "Refusé : badge ou code non valable actuellement",
                      "Afvist: kortet eller koden er ikke gyldig nu"},
    [EVENT_DENIED_CODE] = {"Refused: wrong code", "Rechazado: código incorrecto",
                           "Отказано: неверный код", "Відмовлено: хибний код", "Odmowa: błędny kod",
                           "Geweigerd: verkeerde code", "Reddedildi: yanlış kod",
                           "Refusé : code erroné", "Afvist: forkert kode"},
    [EVENT_DENIED_CARD] = {"Refused: unknown card", "Rechazado: tarjeta desconocida",
                           "Отказано: неизвестная карта", "Відмовлено: невідома картка",
                           "Odmowa: nieznana karta", "Geweigerd: onbekende kaart",
                           "Reddedildi: bilinmeyen kart", "Refusé : badge inconnu",
                           "Afvist: ukendt kort"},
    [EVENT_DENIED_QR] = {"Refused: unknown QR code", "Rechazado: código QR desconocido",
                         "Отказано: неизвестный QR-код", "Відмовлено: невідомий QR-код",
                         "Odmowa: nieznany kod QR", "Geweigerd: onbekende QR-code",
                         "Reddedildi: bilinmeyen QR kodu", "Refusé : code QR inconnu",
                         "Afvist: ukendt QR-kode"},
    [EVENT_CODES_PAUSED] = {"Too many wrong codes", "Demasiados códigos incorrectos",
                            "Слишком много неверных кодов", "Забагато хибних кодів",
                            "Zbyt wiele błędnych kodów", "Te veel verkeerde codes",
                            "Çok fazla yanlış kod", "Trop de codes erronés",
                            "For mange forkerte koder"},
    [EVENT_SENSOR_OPENED] = {"Door was opened with door sensor", "Sensor: puerta abierta",
                             "Датчик: дверь открыта", "Датчик: двері відчинено",
                             "Czujnik: drzwi otwarte", "Sensor: deur geopend",
                             "Sensör: kapı açıldı", "Capteur : porte ouverte", "Sensor: dør åbnet"},
    [EVENT_SENSOR_CLOSED] = {"Door was closed with door sensor", "Sensor: puerta cerrada",
                             "Датчик: дверь закрыта", "Датчик: двері зачинено",
                             "Czujnik: drzwi zamknięte", "Sensor: deur gesloten",
                             "Sensör: kapı kapandı", "Capteur : porte fermée",
                             "Sensor: dør lukket"},
    [EVENT_DOOR_HELD] = {"The door has been open for too long",
                         "La puerta lleva demasiado tiempo abierta", "Дверь слишком долго открыта",
                         "Двері надто довго відчинені", "Drzwi są zbyt długo otwarte",
                         "De deur staat te lang open", "Kapı çok uzun süre açık kaldı",
                         "La porte est ouverte depuis trop longtemps",
                         "Døren har stået åben for længe"},
    [EVENT_LOCK_CLOSED] = {"Lock closed", "Cerradura cerrada", "Замок закрыт", "Замок зачинено",
                           "Zamek zamknięty", "Slot gesloten", "Kilit kapandı", "Serrure fermée",
                           "Lås lukket"},
    [EVENT_LOCK_STUCK] = {"The lock does not close", "La cerradura no se cierra",
                          "Замок не закрывается", "Замок не зачиняється", "Zamek się nie zamyka",
                          "Het slot sluit niet", "Kilit kapanmıyor", "La serrure ne se ferme pas",
                          "Låsen lukker ikke"},
    [EVENT_LOCK_FAILED] = {"The lock does not open", "La cerradura no se abre",
                           "Замок не открывается", "Замок не відчиняється", "Zamek się nie otwiera",
                           "Het slot gaat niet open", "Kilit açılmıyor",
                           "La serrure ne s'ouvre pas", "Låsen åbner ikke"},
    [EVENT_OPENING_DROPPED] = {"The lock was closed before it opened",
                               "La cerradura se cerró antes de abrirse", "Замок закрыт до открытия",
                               "Замок зачинено до відчинення",
                               "Zamek zamknięto, zanim się otworzył",
                               "Het slot is gesloten voordat het openging",
                               "Kilit açılmadan kapatıldı",
                               "La serrure a été fermée avant de s'ouvrir",
                               "Låsen blev lukket, før den åbnede"},
};

/* Fields of events that people are told, besides what has happened. */
static const struct {
    const char *field;
    const char *words[LOG_LOCALES];
} labels[] = {
    {"lock", {"lock", "cerradura", "замок", "замок", "zamek", "slot", "kilit", "serrure", "lås"}},
    {"number",
     {"number", "número", "номер", "номер", "numer", "nummer", "numara", "numéro", "nummer"}},
    {"owner",
     {"owner", "propietario", "владелец", "власник", "właściciel", "eigenaar", "sahibi",
      "propriétaire", "ejer"}},
    {"by", {"by", "por", "от", "від", "przez", "door", "kaynak", "par", "af"}},
    {"seconds",
     {"seconds", "segundos", "секунд", "секунд", "sekundy", "seconden", "saniye", "secondes",
      "sekunder"}},
    {"duration_s",
     {"seconds", "segundos", "секунд", "секунд", "sekundy", "seconden", "saniye", "secondes",
      "sekunder"}},
};

unsigned log_locale_find(const char *name)
{
    for (unsigned i = 0; name && i < LOG_LOCALES; i++) {
        if (!strcmp(name, log_locales[i]))
            return i;
    }
    return LOG_LOCALE_ENGLISH;
}

const char *log_words_event(const char *key, unsigned locale)
{
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        if (!strcmp(key, event_name((enum event_kind)i)))
            return words[i][locale];
    }
    return NULL;
}

const char *log_words_label(const char *field, unsigned locale)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (!strcmp(field, labels[i].field))
            return labels[i].words[locale];
    }
    return NULL;
}
