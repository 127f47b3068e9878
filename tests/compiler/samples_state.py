"""A project that uses everything that devices remember."""

from __future__ import annotations

REMEMBERING = """\
project: shop
unit: install_id
less_of: 14d
budgets: {state: 2 KB}

signals:
  country: {type: string, source: request}
  install_id: {type: string, source: device}
  tier: {type: enum, values: [none, gold], source: declared}
  unavailable: {type: string_list, source: session}

events:
  product_viewed:
    fields: {category: string, price: {type: double, min: 0}, on_sale: bool, stars: int}
    purpose: personalization
  order_completed: {}
  checkout_started: {description: the first page of it}

aggregates:
  shoe_views_7d: {count: product_viewed, where: 'category == "shoes"', within: 7d, owner: crm}
  orders_30d: {count: order_completed, within: 30d, until_observed: unknown}
  spent_30d: {sum: product_viewed, field: price, within: 30d}
  stars_1d: {sum: product_viewed, field: stars, within: 1d, slot: 30m}
  brands_7d: {distinct: product_viewed, field: category, within: 7d, limit: 20}
  since_order: {since: order_completed}
  stalled: {funnel: {reached: checkout_started, not: order_completed, after: 30m, within: 24h}}
  browsing:
    funnel: {reached: {event: product_viewed, where: on_sale}, not: order_completed, within: 1h}
    purpose: research
  taste: {affinity: product_viewed, by: category, half_life: 14d, keep: 8, top: 2}

segments:
  shoe_lover: {when: shoe_views_7d >= 3, refresh: hourly}
  converted: {when: orders_30d >= 1, refresh: {on: [order_completed]}}
  generous: spent_30d < 100 || brands_7d == 2 || stars_1d > 3

experiments:
  winback: {sticky: true, arms: {comeback: 50%, classic: 50%}}

groups:
  promos: {variants: [hero.shoes, side.shoes], cap: 5 per 24h, cooldown: 1h}
  look: {coherent: [hero, side]}

surfaces:
  hero:
    place: device
    default: classic
    variants: {classic: null, shoes: null, comeback: null}
    theme: {shoes: trail, comeback: winter}
    topics: {shoes: [sport, shoes]}
    holdout: 5%
    guardrails:
      cap: {shoes: [3 per 24h, 10 per 30d], "*": 10 per 7d, comeback: 2}
      cooldown: {shoes: 2h}
      changes_per_session: 1
      stable_for: 24h
      suppress: {shoes: {when: '"sku-1" in unavailable', dismissed: 2, shown_without_click: 5}}
    rules:
      - {id: fans, when: 'shoe_lover && "shoes" in taste || generous', show: shoes}
      - id: win-back
        when: since_order > duration("720h") || stalled || browsing || session_number == 1
        split: winback
        stop_when: converted
  side:
    default: plain
    variants: {plain: null, shoes: null}
    theme: {plain: winter, shoes: trail}
    guardrails: {cap: 3 per 24h, cooldown: 5m, without_state: allow}
    rules: [{id: shoes, when: 'first_seen < duration("24h")', show: shoes}]

tests:
  - name: a fan
    now: 2026-11-10T12:00:00Z
    observed: 30d
    given: {country: DE}
    consent: [personalization]
    events:
      - {product_viewed: {category: shoes, price: 3}, at: -2d, times: 3}
      - {event: order_completed, at: 2026-11-09}
      - {session: start, at: -2h}
      - {shown: hero.shoes, at: -1h}
      - {clicked: hero.shoes, at: -1h}
      - {dismissed: side.shoes, at: -30m}
      - {not_interested: {topic: sport}, at: -20m}
      - {less_of: {surface: side}, at: -20m}
      - {less_of: {variant: hero.comeback}, at: -20m}
      - {declare: {tier: gold}, at: 1794310000000}
      - {refresh: true}
      - {turn_off: true}
    expect: {hero: shoes}
    then:
      - after: 25h
        events: [{turn_on: true, at: -1h}]
        given: {tier: none}
        expect: {hero: classic}
      - after: 30m
        missing: [country]
        consent: []
        expect: {hero: {variant: classic, unknown: [orders_30d]}}
  - {name: anew, state: none, expect: {side: plain}}
"""
