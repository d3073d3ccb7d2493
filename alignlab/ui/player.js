// Buttons, slider and speed of an animation.

const SPEEDS = [0.5, 1, 2, 4]
const PLAY_MS = 5000 // duration of a whole animation, within the limits per frame below
const FRAME_MS = [80, 400]

class Player {
  // draw(frame, ms): draws a frame, and may take `ms` to move there; returns a promise
  constructor(draw) {
    this.draw = draw
    this.root = document.createElement("div")
    this.root.className = "alignlab-player"
    this.root.hidden = true
    this.labels = []
    this.frame = 0
    this.speed = 1
    this.timer = null
  }

  // Without labels there is nothing to play.
  show(labels) {
    this.labels = labels
    this.root.hidden = labels.length === 0
    if (labels.length === 0) return this.pause()
    if (!this.root.firstChild) this.build()
    this.position.max = labels.length - 1
    this.showFrame()
  }

  build() {
    const button = (text, label, action) => {
      const element = document.createElement("button")
      element.type = "button"
      element.textContent = text
      element.setAttribute("aria-label", label)
      element.title = label
      element.onclick = action
      this.root.appendChild(element)
      return element
    }
    this.playButton = button("▶", "Play", () => (this.timer ? this.pause() : this.play()))
    button("◀", "One step back", () => this.step(-1))
    button("▶|", "One step forward", () => this.step(1))
    this.position = document.createElement("input")
    this.position.type = "range"
    this.position.min = 0
    this.position.setAttribute("aria-label", "Frame")
    this.position.oninput = () => this.goTo(Number(this.position.value))
    this.root.appendChild(this.position)
    this.label = document.createElement("output")
    this.root.appendChild(this.label)
    const speed = document.createElement("select")
    speed.setAttribute("aria-label", "Speed")
    for (const value of SPEEDS) speed.add(new Option(`${value}×`, value, value === 1, value === 1))
    speed.onchange = () => (this.speed = Number(speed.value))
    this.root.appendChild(speed)
  }

  showFrame() {
    this.position.value = this.frame
    this.label.textContent = this.labels[this.frame]
  }

  async goTo(frame, ms = 0) {
    this.frame = frame
    this.showFrame()
    await this.draw(frame, ms)
  }

  step(by) {
    this.pause()
    const count = this.labels.length
    this.goTo((this.frame + by + count) % count)
  }

  play() {
    this.playButton.textContent = "❚❚"
    this.playButton.setAttribute("aria-label", "Pause")
    if (this.frame === this.labels.length - 1) this.frame = -1
    const next = async () => {
      const started = performance.now()
      if (this.frame >= this.labels.length - 1) return this.pause()
      const even = PLAY_MS / this.labels.length
      const frame = Math.min(Math.max(even, FRAME_MS[0]), FRAME_MS[1]) / this.speed
      await this.goTo(this.frame + 1, frame)
      if (this.timer === null) return // paused while drawing
      this.timer = setTimeout(next, Math.max(0, frame - (performance.now() - started)))
    }
    this.timer = setTimeout(next, 0)
  }

  pause() {
    clearTimeout(this.timer)
    this.timer = null
    if (!this.playButton) return
    this.playButton.textContent = "▶"
    this.playButton.setAttribute("aria-label", "Play")
  }
}
