// What all pictures share: row ids, colours, classes, and which rows are selected or hidden.

const SELECTED = 1
const HIDDEN = 2
const MARKED = 4

class Marks {
  constructor() {
    this.hiddenClasses = new Set() // by name, kept from message to message
    this.anySelected = false
  }

  // Returns whether the marks themselves, and not only the emphasis, have changed.
  read(header, array) {
    const same = this.header && sameArrays(this.header, header)
    const selectedBefore = this.header?.selected.digest
    this.header = header
    this.lines = header.lines
    this.chosen = header.chosen
    this.neighbours = header.neighbours
    if (!same) {
      this.rows = array(header.rows)
      this.n = this.rows.length
      this.colours = array(header.colours)
      this.codes = array(header.codes)
      this.marked = array(header.marked)
      this.nameBytes = array(header.names)
      this.nameList = null
      this.places = null
      this.flags = new Uint8Array(this.n)
      this.look = new Uint32Array(this.n)
    }
    // the browser is ahead of the server: only a change on the server replaces its selection
    if (selectedBefore !== header.selected.digest) this.selectedRows = [...array(header.selected)]
    if (!same || selectedBefore !== header.selected.digest) this.refresh()
    return !same
  }

  // Position of a row id among the pairs, undefined if it is not among them.
  place(row) {
    if (!this.places) {
      this.places = new Map()
      this.rows.forEach((row, i) => this.places.set(row, i))
    }
    return this.places.get(row)
  }

  name(i) {
    if (this.nameBytes) {
      this.nameList ??= JSON.parse(new TextDecoder().decode(this.nameBytes))
      return this.nameList[i]
    }
    const of = this.codes && this.header.legend[this.codes[i]]
    return of ? `${of[0]}, row ${this.rows[i]}` : `row ${this.rows[i]}`
  }

  hides(i) {
    return (this.flags[i] & HIDDEN) !== 0
  }

  select(rows) {
    this.selectedRows = rows
    this.refresh()
  }

  // Hides a class, or shows it again.
  toggleClass(name) {
    if (!this.hiddenClasses.delete(name)) this.hiddenClasses.add(name)
    this.refresh()
  }

  refresh() {
    const { n, flags, look, colours, codes, marked } = this
    const hidden = this.header.legend.map(([name]) => this.hiddenClasses.has(name))
    const anyHidden = codes && hidden.some(Boolean)
    for (let i = 0; i < n; i++) {
      flags[i] = (marked?.[i] ? MARKED : 0) | (anyHidden && hidden[codes[i]] ? HIDDEN : 0)
    }
    this.anySelected = false
    for (const row of this.selectedRows) {
      const i = this.place(row)
      if (i === undefined) continue
      flags[i] |= SELECTED
      this.anySelected = true
    }
    for (let i = 0; i < n; i++) {
      look[i] = colours[3 * i] | (colours[3 * i + 1] << 8) | (colours[3 * i + 2] << 16) | (flags[i] << 24)
    }
    this.version = (this.version ?? 0) + 1 // pictures upload the colours when it changes
  }
}

function sameArrays(a, b) {
  const digest = (header) =>
    ["rows", "colours", "codes", "marked", "names"].map((of) => header[of]?.digest).join() +
    JSON.stringify([header.legend, header.scale])
  return digest(a) === digest(b)
}
