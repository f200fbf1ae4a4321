/* SPDX-License-Identifier: MIT */
#include "settings/sip_settings_json.h"
