// Records what is said, as WAV of 16 kHz: every recogniser reads that, and no file leaves the page but to the service.

const RATE = 16_000;
const LONGEST = 60; // seconds

/** Return whether the browser lets this page record; it does so on this machine and by https. */
export function canRecord() {
  return Boolean(navigator.mediaDevices?.getUserMedia) && typeof MediaRecorder === "function";
}

/** Begin to record; `stop(true)` ends it, `stop(false)` throws it away; `sound` is the coming file, or null. */
export async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  let wanted = true;
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const sound = new Promise((done, failed) => {
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      if (wanted) toWave(new Blob(parts, { type: recorder.mimeType })).then(done, failed);
      else done(null);
    });
  });
  const stop = (keep) => {
    wanted = keep;
    if (recorder.state !== "inactive") recorder.stop();
  };
  recorder.start();
  setTimeout(() => stop(true), LONGEST * 1_000);
  return { stop, sound };
}

/** Return a recording as WAV: mono, 16 bits. */
async function toWave(blob) {
  const reader = new AudioContext();
  try {
    const heard = await reader.decodeAudioData(await blob.arrayBuffer());
    const plain = new OfflineAudioContext(1, Math.max(1, Math.ceil(heard.duration * RATE)), RATE);
    const source = plain.createBufferSource();
    source.buffer = heard;
    source.connect(plain.destination);
    source.start();
    return wave((await plain.startRendering()).getChannelData(0));
  } finally {
    reader.close();
  }
}

/** Return samples from -1 to 1 as a WAV file. */
export function wave(samples) {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((letter, n) => bytes.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, 2 * RATE, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, n) => bytes.setInt16(44 + 2 * n, Math.round(32_767 * Math.max(-1, Math.min(1, value))), true));
  return new Blob([bytes], { type: "audio/wav" });
}
