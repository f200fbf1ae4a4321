/* SPDX-License-Identifier: MIT */
#include "settings/admin.h"
