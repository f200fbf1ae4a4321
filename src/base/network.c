/* SPDX-License-Identifier: MIT */
#include "base/network.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/timer.h"

enum {
    TRACKED_LINKS = 64,
    HAS_CARRIER = 1 << 16, /* IFF_LOWER_UP of <linux/if.h>, which <net/if.h> excludes */
    TRACKED_FLAGS = IFF_UP | IFF_RUNNING | HAS_CARRIER,
};

struct network {
    int fd;
    network_changed_fn *changed;
    void *arg;
    struct timer settle;
    bool link_is_back;
    /* TRACKED_FLAGS of each link, by interface index: the kernel also tells of links that only
     * changed a statistic. IFF_RUNNING follows the carrier up to a second later: a link that is
     * lost within that second changes nothing but its carrier. Beyond TRACKED_LINKS each message
     * counts as a change. */
    unsigned flags[TRACKED_LINKS];
    bool is_primed; /* the list of links that we asked for is complete */
};

static bool is_running(unsigned flags)
{
    return (flags & IFF_UP) && (flags & IFF_RUNNING);
}

static void on_settled(void *arg)
{
    struct network *network = arg;
    bool link_is_back = network->link_is_back;

    network->link_is_back = false;
    network->changed(link_is_back, network->arg);
}

static void note_change(struct network *network)
{
    if (network->is_primed && !timer_is_running(&network->settle))
        timer_start(&network->settle, NETWORK_SETTLE_MS, on_settled, network);
}

static void on_link(struct network *network, const struct ifinfomsg *info, bool is_gone)
{
    unsigned flags = is_gone ? 0 : info->ifi_flags & TRACKED_FLAGS, old = 0;

    if (info->ifi_index >= 0 && info->ifi_index < TRACKED_LINKS) {
        old = network->flags[info->ifi_index];
        network->flags[info->ifi_index] = flags;
        if (flags == old)
            return;
    }
    if (network->is_primed && is_running(flags) && !is_running(old))
        network->link_is_back = true;
    note_change(network);
}

static void on_message(struct network *network, struct nlmsghdr *message)
{
    switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
            on_link(network, NLMSG_DATA(message), message->nlmsg_type == RTM_DELLINK);
        break;
    case NLMSG_DONE:
        network->is_primed = true;
        break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        note_change(network);
        break;
    default:
        break;
    }
}

static void on_readable(int events, void *arg)
{
    struct network *network = arg;
    char buf[16 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
    ssize_t n;

    (void)events;
    while ((n = recv(network->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
        size_t left = (size_t)n;

        for (struct nlmsghdr *message = (void *)buf; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left))
            on_message(network, message);
    }
    if (n < 0 && errno == ENOBUFS) /* more happened than could be told */
        note_change(network);
}

/* Have the kernel list the links, so that we know which run now. */
static int ask_links(int fd)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg info;
    } request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = RTM_GETLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .info = {.ifi_family = AF_UNSPEC},
    };

    return send(fd, &request, sizeof(request), 0) < 0 ? errno : 0;
}

int network_new(network_changed_fn *changed, void *arg, struct network **ret_network)
{
    struct sockaddr_nl local = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
                     RTMGRP_IPV6_ROUTE,
    };
    struct network *network = calloc(1, sizeof(*network));
    int err = 0;

    if (!network)
        return ENOMEM;
    network->changed = changed;
    network->arg = arg;
    network->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (network->fd < 0) {
        err = errno;
        goto out;
    }
    if (bind(network->fd, (struct sockaddr *)(void *)&local, sizeof(local))) {
        err = errno;
        goto out;
    }
    err = ask_links(network->fd);
    if (err)
        goto out;
    err = loop_watch(network->fd, LOOP_READ, on_readable, network);

out:
    if (err)
        network_free(network);
    else
        *ret_network = network;
    return err;
}

struct network *network_free(struct network *network)
{
    if (!network)
        return NULL;
    timer_stop(&network->settle);
    if (network->fd >= 0) {
        loop_unwatch(network->fd);
        (void)close(network->fd);
    }
    free(network);
    return NULL;
}

static bool is_same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (!a || a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return !memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr,
                       &((const struct sockaddr_in *)(const void *)b)->sin_addr,
                       sizeof(struct in_addr));
    if (a->sa_family == AF_INET6)
        return !memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
                       &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr,
                       sizeof(struct in6_addr));
    return false;
}

bool network_is_up(const struct sockaddr *local, char *name)
{
    struct ifaddrs *list = NULL;
    bool is_up = false;

    name[0] = '\0';
    if (getifaddrs(&list))
        return true; /* cannot be seen: believe the best */
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (!is_same_address(i->ifa_addr, local))
            continue;
        (void)snprintf(name, IF_NAMESIZE, "%s", i->ifa_name);
        is_up = is_running(i->ifa_flags);
        break;
    }
    freeifaddrs(list);
    return is_up;
}
