import { Judge } from './judge.ts'
import { bombs } from './bombs.ts'
const j = new Judge()
for (const [name, kind, c] of bombs()) console.log(name, JSON.stringify(await j.judge(kind, c)).slice(0, 400))
j.stop()
