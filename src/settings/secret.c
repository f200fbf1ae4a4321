/* SPDX-License-Identifier: MIT */
#include "settings/secret.h"
