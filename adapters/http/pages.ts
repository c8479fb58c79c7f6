// Pages of the key server for people; they work without scripts.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { KeyDescription, KeyServer } from '../../plugin/ports.js'
import { html, type Html } from './html.js'

/** The search page at `/`. */
export function addPages(app: FastifyInstance, keyServer: KeyServer): void {
  app.get('/', (_, reply) => {
    sendPage(reply, searchPage(keyServer), 200)
  })
}

export interface Page {
  readonly title: string
  readonly body: Html
}

export function sendPage(reply: FastifyReply, { title, body }: Page, status: number): void {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          body {
            font-family: sans-serif;
            line-height: 1.5;
            margin: 2rem auto;
            max-width: 45rem;
            padding: 0 1rem;
          }
          h1,
          dd,
          code {
            overflow-wrap: anywhere;
          }
          dt {
            font-weight: bold;
          }
          dd {
            margin: 0 0 0.75rem;
          }
          label {
            display: block;
          }
          input {
            box-sizing: border-box;
            max-width: 100%;
            width: 32rem;
          }
          input,
          button {
            font: inherit;
            margin: 0.25rem 0;
            padding: 0.25rem 0.5rem;
          }
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html> `
  void reply.code(status).type('text/html').send(page.html)
}

/** What a search found. */
export function listPage(search: string, keys: readonly KeyDescription[]): Page {
  const items = keys.map(
    key => html`<li><a href="/pks/lookup?op=vindex&amp;search=0x${digitsOf(key)}">${namesOf(key)}</a></li>`,
  )
  const body =
    items.length === 0
      ? html`<p>There is none. Names must be written completely, like alice@a.example.</p>`
      : html`<ul>
          ${items}
        </ul>`
  return { title: `Keys of ${search}`, body: html`${body}${searchForm(search)}` }
}

/** All about one certificate. `trust` says whether it is trusted, and why. */
export function keyPage(key: KeyDescription, trust: string): Page {
  const body = html`<dl>
      <dt>Fingerprint</dt>
      <dd><code>${digitsOf(key).replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></dd>
      <dt>Made</dt>
      <dd>${dateOf(key.created)}</dd>
      <dt>Ends</dt>
      <dd>${key.expires === null ? 'not by itself' : dateOf(key.expires)}</dd>
      <dt>State by its own signatures</dt>
      <dd>${key.state}</dd>
      <dt>Trust</dt>
      <dd>${trust}</dd>
    </dl>
    <p><a href="/pks/lookup?op=get&amp;search=0x${digitsOf(key)}">Download the key</a></p>
    <p><a href="/">Search for another key</a></p>`
  return { title: namesOf(key), body }
}

function searchPage({ domain, fingerprint }: KeyServer): Page {
  const body = html`${searchForm('')}
    <p>
      The keys here were certified by ${domain} or by servers that it countersigned. Its own key is
      <code>${fingerprint.slice(2).toUpperCase()}</code>.
    </p>`
  return { title: `Key server of ${domain}`, body }
}

function searchForm(search: string): Html {
  return html`<form action="/pks/lookup" method="get">
    <input type="hidden" name="op" value="index" />
    <label>Address, fingerprint or key ID <input name="search" value="${search}" required /></label>
    <button>Search</button>
  </form>`
}

function namesOf({ userIds }: KeyDescription): string {
  return userIds.map(({ text }) => text).join(', ')
}

function digitsOf({ fingerprint }: KeyDescription): string {
  return fingerprint.slice(2).toUpperCase()
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
