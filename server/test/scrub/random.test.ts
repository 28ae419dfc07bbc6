import {test,expect} from 'vitest'
import {threefry,uniform} from '../../src/scrub/random.ts'
test('kat',()=>{
 expect(threefry([0,0],0,0).map(x=>x.toString(16))).toEqual(['6b200159','99ba4efe'])
 expect(threefry([0xffffffff,0xffffffff],0xffffffff,0xffffffff).map(x=>x.toString(16))).toEqual(['1cb996fc','bb002be7'])
 expect(threefry([0x13198a2e,0x03707344],0x243f6a88,0x85a308d3).map(x=>x.toString(16))).toEqual(['c4923a9c','483df7a0'])
 const o=new Float64Array(5); uniform([1,2],7,o); for(let i=0;i<5;i++){const [a,b]=threefry([1,2],7+i,0); expect(o[i]).toBe((a*2097152+(b>>>11))/2**53)}
 const big=new Float64Array(5_100_000); const t=performance.now(); uniform([1,2],0,big); console.log(performance.now()-t,'ms')
})
