// One WebGL2 context for all pictures of a grid, since browsers allow few. It draws a picture, and
// the result is copied into the picture's own canvas.

// What becomes of a position, for points and lines alike.
const PLACED = `#version 300 es
precision highp float;
uniform float u_mix;    // from the positions before (0) to the new ones (1)
uniform mat3 u_turn;
uniform vec3 u_centre;
uniform vec2 u_scale, u_shift;
uniform int u_pass;     // 0: all, 1: those not selected, 2: those selected
vec3 placed(vec3 from, vec3 to) {
  return u_turn * (mix(from, to, u_mix) - u_centre);
}
bool finite(vec3 p) {
  return abs(p.x) + abs(p.y) + abs(p.z) < 3e38; // false for NaN too
}
bool skipped(int flags) {
  bool selected = (flags & 1) != 0;
  return (flags & 2) != 0 || (u_pass == 1 && selected) || (u_pass == 2 && !selected);
}
`

const POINT_VERTEX = `${PLACED}
in vec3 a_from, a_to;
in vec4 a_look;
uniform int u_modality; // 0: circles and crosses alternate
uniform float u_size, u_stroke, u_alpha, u_depth;
flat out int v_cross;
flat out float v_box, v_size, v_stroke;
flat out vec4 v_colour;
void main() {
  int flags = int(a_look.a * 255.0 + 0.5);
  vec3 p = placed(a_from, a_to);
  if (skipped(flags) || !finite(p)) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  float near = 1.0 + 0.35 * p.z * u_depth;
  v_size = u_size * near;
  v_stroke = u_stroke * ((flags & 4) != 0 ? 1.9 : 1.0);
  v_box = v_size + v_stroke + 2.0;
  v_cross = u_modality == 0 ? gl_VertexID & 1 : u_modality - 1;
  v_colour = vec4(a_look.rgb, u_alpha * min(1.0, near * near));
  gl_Position = vec4(p.xy * u_scale + u_shift, 0.0, 1.0);
  gl_PointSize = v_box;
}`

const POINT_FRAGMENT = `#version 300 es
precision highp float;
flat in int v_cross;
flat in float v_box, v_size, v_stroke;
flat in vec4 v_colour;
out vec4 colour;
void main() {
  vec2 d = abs((gl_PointCoord - 0.5) * v_box);
  float half_size = 0.5 * v_size;
  float edge = v_cross == 1
    ? max(abs(d.x - d.y) * 0.7071, d.x + d.y - 1.85 * half_size)
    : abs(length(d) - half_size);
  float cover = clamp(0.5 + 0.5 * v_stroke - edge, 0.0, 1.0);
  if (cover <= 0.0) discard;
  float alpha = v_colour.a * cover;
  colour = vec4(v_colour.rgb * alpha, alpha);
}`

const LINE_VERTEX = `${PLACED}
in vec3 a_from, a_to, a_from2, a_to2;
in vec4 a_look;
uniform vec2 u_pixels;
uniform float u_width, u_alpha; // width 0: one device pixel, each vertex an end
out float v_side;
flat out vec4 v_colour;
void main() {
  int flags = int(a_look.a * 255.0 + 0.5);
  v_colour = vec4(a_look.rgb, u_alpha);
  v_side = 0.0;
  if (u_width == 0.0) {
    vec3 p = placed(a_from, a_to);
    bool out_of_sight = skipped(flags) || !finite(p);
    gl_Position = out_of_sight ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(p.xy * u_scale + u_shift, 0.0, 1.0);
    return;
  }
  vec2 a = placed(a_from, a_to).xy * u_scale + u_shift;
  vec2 b = placed(a_from2, a_to2).xy * u_scale + u_shift;
  vec2 along = (b - a) * u_pixels;
  float reach = length(along);
  if (skipped(flags) || !(reach > 0.0 && reach < 1e9)) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  float half_width = 0.5 * u_width + 1.0;
  float side = (gl_VertexID & 2) == 0 ? -1.0 : 1.0;
  vec2 across = vec2(-along.y, along.x) / reach * half_width * side;
  v_side = half_width * side;
  gl_Position = vec4(((gl_VertexID & 1) == 0 ? a : b) + across / u_pixels, 0.0, 1.0);
}`

const LINE_FRAGMENT = `#version 300 es
precision highp float;
uniform float u_width;
in float v_side;
flat in vec4 v_colour;
out vec4 colour;
void main() {
  float cover = u_width == 0.0 ? 1.0 : clamp(0.5 * u_width + 0.5 - abs(v_side), 0.0, 1.0);
  float alpha = v_colour.a * cover;
  colour = vec4(v_colour.rgb * alpha, alpha);
}`

class Renderer {
  constructor() {
    this.canvas = document.createElement("canvas")
    const wanted = { antialias: false, depth: false, premultipliedAlpha: true }
    this.gl = this.canvas.getContext("webgl2", wanted)
    if (!this.gl) throw new Error("this browser has no WebGL2")
    this.restored = () => {} // called when a lost context is back and buffers must be filled again
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault())
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.build()
      this.restored()
    })
    this.build()
  }

  build() {
    const { gl } = this
    this.points = program(gl, POINT_VERTEX, POINT_FRAGMENT)
    this.lines = program(gl, LINE_VERTEX, LINE_FRAGMENT)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.clearColor(0, 0, 0, 0)
  }

  // A buffer on the graphics card that is filled by `fill`.
  buffer(target = this.gl.ARRAY_BUFFER) {
    return { target, handle: this.gl.createBuffer() }
  }

  fill(buffer, data) {
    const { gl } = this
    gl.bindBuffer(buffer.target, buffer.handle)
    gl.bufferData(buffer.target, data, gl.DYNAMIC_DRAW)
  }

  release(buffers) {
    for (const { handle } of buffers) this.gl.deleteBuffer(handle)
  }

  // Draws a picture of `width` x `height` device pixels and copies it to a 2-D context.
  draw(context, width, height, picture) {
    const { gl, canvas } = this
    if (canvas.width < width) canvas.width = width
    if (canvas.height < height) canvas.height = height
    gl.viewport(0, canvas.height - height, width, height)
    gl.clear(gl.COLOR_BUFFER_BIT)
    if (picture.count) {
      if (picture.lines) this.drawLines(picture, width, height)
      for (const pass of picture.passes) this.drawPoints(picture, pass)
    }
    context.clearRect(0, 0, width, height)
    context.drawImage(canvas, 0, 0, width, height, 0, 0, width, height)
  }

  place(uniforms, picture, pass) {
    const { gl } = this
    gl.uniform1f(uniforms.u_mix, picture.mix)
    gl.uniformMatrix3fv(uniforms.u_turn, false, picture.turn)
    gl.uniform3fv(uniforms.u_centre, picture.centre)
    gl.uniform2fv(uniforms.u_scale, picture.scale)
    gl.uniform2fv(uniforms.u_shift, picture.shift)
    gl.uniform1i(uniforms.u_pass, pass)
  }

  drawPoints(picture, pass) {
    const { gl } = this
    const { program, attributes, uniforms } = this.points
    gl.useProgram(program)
    this.place(uniforms, picture, pass.pass)
    gl.uniform1i(uniforms.u_modality, picture.modality)
    gl.uniform1f(uniforms.u_size, pass.size)
    gl.uniform1f(uniforms.u_stroke, pass.stroke)
    gl.uniform1f(uniforms.u_alpha, pass.alpha)
    gl.uniform1f(uniforms.u_depth, picture.depth)
    const each = 4 * picture.dims
    this.attribute(attributes.a_from, picture.from, picture.dims, each, 0, 0)
    this.attribute(attributes.a_to, picture.to, picture.dims, each, 0, 0)
    this.colourAttribute(attributes.a_look, picture.look, 0)
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, picture.order.handle)
    gl.drawElements(gl.POINTS, picture.count, gl.UNSIGNED_INT, 0)
  }

  // Smooth lines are drawn as strips, one an instance, which is slow for many without a graphics
  // card; hairlines use the points' own buffers.
  drawLines(picture, width, height) {
    const { gl } = this
    const { program, attributes, uniforms } = this.lines
    const { from, to, look, count, smooth, pass, alpha } = picture.lines
    gl.useProgram(program)
    this.place(uniforms, picture, pass)
    gl.uniform2f(uniforms.u_pixels, width / 2, height / 2)
    gl.uniform1f(uniforms.u_width, smooth ? picture.lines.width : 0)
    gl.uniform1f(uniforms.u_alpha, alpha)
    const each = 4 * picture.dims
    const [step, divisor] = smooth ? [2, 1] : [1, 0]
    for (const [name, buffer] of [["a_from", from], ["a_to", to]]) {
      this.attribute(attributes[name], buffer, picture.dims, step * each, 0, divisor)
      this.attribute(attributes[`${name}2`], buffer, picture.dims, step * each, smooth && each, divisor)
    }
    this.colourAttribute(attributes.a_look, look, divisor)
    if (smooth) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count)
    else gl.drawArrays(gl.LINES, 0, 2 * count)
    for (const at of Object.values(attributes)) gl.vertexAttribDivisor(at, 0)
  }

  attribute(at, buffer, size, stride, offset, divisor) {
    const { gl } = this
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer.handle)
    gl.enableVertexAttribArray(at)
    gl.vertexAttribPointer(at, size, gl.FLOAT, false, stride, offset)
    gl.vertexAttribDivisor(at, divisor)
  }

  colourAttribute(at, buffer, divisor) {
    const { gl } = this
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer.handle)
    gl.enableVertexAttribArray(at)
    gl.vertexAttribPointer(at, 4, gl.UNSIGNED_BYTE, true, 4, 0)
    gl.vertexAttribDivisor(at, divisor)
  }

  remove() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext()
  }
}

// A program with the places of its attributes and uniforms by name.
function program(gl, vertex, fragment) {
  const program = gl.createProgram()
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind)
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const log = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader))
    throw new Error(`WebGL2: ${log.join(" ")} ${gl.getProgramInfoLog(program)}`)
  }
  const named = (count, active, place) =>
    Object.fromEntries(
      Array.from({ length: gl.getProgramParameter(program, count) }, (_, i) => {
        const { name } = gl[active](program, i)
        return [name, gl[place](program, name)]
      }).filter(([name]) => !name.startsWith("gl_")),
    )
  return {
    program,
    attributes: named(gl.ACTIVE_ATTRIBUTES, "getActiveAttrib", "getAttribLocation"),
    uniforms: named(gl.ACTIVE_UNIFORMS, "getActiveUniform", "getUniformLocation"),
  }
}
