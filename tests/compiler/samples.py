"""A project that uses everything the source language has, for golden files and canonical bytes."""

from __future__ import annotations

EVERYTHING = """\
project: everything
language: en
unit: install_id
expires: 2027-01-01
on_expired: defaults
holdout: {unit: install_id, share: 2.5%}
budgets: {bundle: 18 KB, surface_cost: 5000}

signals:
  signed_in: {type: bool, source: session, category: user.account, sensitivity: none}
  visits: {type: int, source: device, min: 0, max: 1000000}
  basket: {type: double, source: session, min: 0}
  country: {type: string, source: request, category: user.location, max_length: 2, max_age: 24h}
  tier: {type: enum, values: [none, silver, gold], source: declared}
  app: {type: version, source: device}
  viewing: {type: string_list, max: 8, max_length: 32, source: session, purpose: personalization}
  install_id: {type: string, source: device, category: user.device_id, sensitivity: sensitive}
  utc_offset_minutes: {type: int, source: device, min: -840, max: 840, sensitivity: none}
  mood: {type: string, source: declared, purpose: fun}

segments:
  loyal: {when: 'tier in ["silver", "gold"] && visits >= 10', owner: crm}
  european: 'country in ["AT", "CH", "DE", "ES", "FR", "IT"]'
  loyal_european: loyal && european
  up_to_date: 'has(app) ? app >= version("2.10") : false'

experiments:
  winback:
    unit: install_id
    layer: offers
    traffic: 50%
    arms: {shoes: 50%, bags: 50%}

surfaces:
  hero:
    place: device
    owner: growth
    goal: orders
    default: classic
    variants:
      classic: {title: Welcome, image: /classic.jpg}
      shoes: {title: Shoes, image: /shoes.jpg, weight: 1.5}
      bags: {title: "Bags \\U0001F45C", tags: [new, null, true, 3]}
    rules:
      - {id: off, when: 'false', show: bags}
      - id: shoe-fans
        when: 'viewing.exists(v, v.startsWith("shoe") || v in ["boots", "heels"]) && !up_to_date'
        show: shoes
        because: {en: "Picked from what you looked at", de: "Passend zu dem, was du angesehen hast"}
      - id: many-bags
        when: '"bag" in viewing && size(viewing) > 2'
        show: bags
        traffic: 20%
        owner: bags-team
      - {id: win-back, when: loyal_european && basket < 0.25, split: winback}
      - id: november
        when: 'country == "DE" || country == "AT" || basket > 99.95'
        split: {shoes: 70%, bags: 30%}
        from: 2026-11-01
        until: 2026-12-01
      - id: evening
        when: '!(visits > 3 && visits <= 5)'
        show: shoes
        from: 2026-11-01T18:00
        zone: local
      - {id: rest, show: shoes, because: Everybody likes shoes}
      - {id: behind, when: signed_in, show: bags}
  banner:
    default: "off"
    variants: {"off": null, "on": {text: Hello}}
    rules:
      - {id: visits, when: 'visits in [1, 2, 3, 100]', show: "on"}
      - id: names
        when: 'mood.contains("happy") || mood.endsWith("!") || size(mood) == 3'
        show: "on"
      - {id: choice, when: 'signed_in ? basket >= 10 : app != version("3.0.1")', show: "on"}
  legal: {personalize: never, reason: law, default: standard}
"""
