/**
 * How likely pairs of bytes are in source text of six projects in five languages, letters in either case, all digits
 * alike: -3 * log2 of a pair's share, rounded, in the digits A-Z a-z 0-9 + / (0 to 63); a row for each first
 * byte and a column for each second one, in the order of SYMBOLS, and behind them for any other byte. Made by
 * scripts/train-frequency.mjs. It only chooses where a literal is looked for: a poor figure costs time, never a hit.
 */
const SYMBOLS = "abcdefghijklmnopqrstuvwxyz0_- .:/=\"'(,;$@&%+|~[{}])<>*#!?\\`\n";
const COSTS: readonly string[] = [
  "jdZanjcqdsiYZXncqYXVeglkgpkmocjsqypxtmu9871z5/w81zp2s58+0z3ps",
  "emlpbqsshgvcmvgtviiocwvxgxlosklso1qztpx796005/0+10q3v8+971zrv",
  "aogpZmtZgucbksWotelYdrsunulkjdklsxrvonu7+90y2/w8zzo1x918700ls",
  "clmgXorqauuhnnenvkgngmsplxlflXikqpjsiio528ww01v2tsjzp06yttvfr",
  "YhYYdbgmiopbcWicdTVXlfdZhrkchUciokhodfj400yvw8qxnpfqkzxtusqes",
  "dsqoggquZxvionarwejihxvwlxmjpansxsswhov1+/101/w/0yp5z8//801mt",
  "jrnrZimjauvlpijrwhdlgprxrupjobfqmtnvkks+9+7z1/uswvn2q6341xxnv",
  "atppXtvucxtrnrcqxhneluvwsvnjodnotumtlot/698z3/x9xwo3r58600xnp",
  "ffaacbcvrvpZbUYgqdYXrewkvgpprinxwxr0tru7/68r1/5/0qr7t8//735sq",
  "jwtqfxwxvxvxqvmtxwjvmwsywyrwzrt80+z98x0////x////5yy////////3z",
  "ltssdrrqiuuqsomrssjopuuyvxqlpghuuyrynrp/9/+04/0/yyp1y9/6301rx",
  "ammfWkqsYvraopakxoecckrrfwogobinqumsjjn7w56y0/w5svjyr4x3z0vkq",
  "ZiomXsusdvskfodbrrbmipvulwpmrfmtqypyopu/7/5z3/1400q2r597810ss",
  "anbYZdYodriileaktmZXdhrvkungmXgmkpgogkl3421xy/w1stkpm3z2yvujr",
  "iecbkdisfphcbUebxVebagemqrpjmblrswmwkpv+58605/12yxqwt565zw0kw",
  "avnkZrrlgxscosaevZhbersukxnkpgloqxrxmpq+598x2/v4z0prn7/6700pw",
  "swwxwysxwyumxxwyuwurcxvyxyrwzqx102x8vt4////07/6/12w////9+/90/",
  "YkfgTjcqYvgdedZnwbbZdfnwetmhmXfmosktgjl6y44xz9sxpuirpyw30ssjq",
  "dpelVlcdavkikmccmmYUbpmwirmglWbiingkggl114wuy/myqqgqpyvzvpshp",
  "YjdjUjqVWprihkYevXbbcoklctkahVdkmoipdgj2z2zvv/qwpqhplzyywusfq",
  "fdfjbiltevuaeboeyZbauuxqvtpw0ir3z3wzwu6/9//z9/6/850+6////3/yw",
  "bvpwZvwwfxxmusgvxvqwvvwyvxnqqorzvzr4xtz6/9+04/s432t/w////26uu",
  "gvrrguvhdvwrtkfvwikqwvlvuvporfnwx1u3ou0////z5/0931v739//983s3",
  "luhtkswvlxwvmvufyspevwwpnxkmojnwvwqyrptz+/1y5/0/zwoyw56/721t1",
  "oppsmstuovvmmliewnjkurqxvupiobjquvnvjlq/452z3/y1vvmvq223w0wmw",
  "nxwwgwwxqxyuuwqwyvtwtxvxsrqz3rw5x7t40y26///0///+81x/+/4/+69w0",
  "mmmmmmrqqqqpppqprqpppqqlqqWlkdekouirqgj04ypsz+wzpkgqqt454pzgv",
  "gjehfhlkhsoihhhgsgeflmkvzvol7p38z+06rq02//6/r/7+66v1/31//z/v4",
  "lmjmmhpplxvmmomjtljlprqw3ui/aky/z0v03+0x+9x06/y56w24fy4//v6oy",
  "WaXaZaedYhibaaZanZXVcebniobldOnfiaYfc2uhfegjhygahrufjYgjpliwf",
  "fjdkjjgigltkijkivhdhkolsx0fw6fi2q3mzy0/x+9x48/565vuwzr6/8o5d6",
  "opoqrqtvry2usqvq3qppuww044i3zb2iljqz33+x2/r6//119z3y+136/s4j5",
  "nnknqnqoptvmopnmymlmssnszzn4xhtzg7sx2v1w64r3y91x72w1rg1/3w2gu",
  "xyxzww2yw691zwx0/yxuz03618p/1Z180gitz4/r7yv99xz099/to3537x3r7",
  "jmimmklmmsrmmlnlwljjlqqsrxjyoepnmzjqveolyznz45uxroermus1vovak",
  "twsvvvruw5wvvxwu7tnoxz0255v4tittx0nv5ovw58l46/3zxypz30172s6jy",
  "klglklonkssmkklkwigfonqv1yjrvvwou7ero/2prlu3/7rv//cx7rzm0zyox",
  "u0twyz22uzxy1qxzvwsv333266o8yW0/5/q031/0/06///06//53/7/3zw9ey",
  "212651340//2375370z3756///z+/i4/2/y6//u//x3/////6/12/94//3/Xy",
  "ruqutsttsz0ssuuq8qpqwxv162sx/s41y/15n//20/////+p7/97/64w3+/49",
  "nulutyyvv13lvnnm4ollzx26//2z/x//+/06///4v/4/9//0///9//+////y1",
  "vtsvvxwzw12tvuuuvtrv1015/8w//l2y/248z////f////////////y7///g/",
  "yzun104s2//u5440wzfsyry27zo/2vu//vy6u978//v0///z//8vt76////y/",
  "yzyzzz00xz0zzyzy1yyy0x0y00q/zk211sy442t48/5n+/7970r7////948r1",
  "04w11z640+252130/00x540z//2tyi894u163//19///n/3///93/9/8/x+n8",
  "/9z+///+////7////67///////y//u//3///6////////q//////6//////y/",
  "uyswwwy0pw0svtyv7rquz1z5x/l4nu1q72qyz5/x3/x4//u0/l/q/54//zwty",
  "vztxwwz0v32yuuzw4ussyy36+7t03l578/rx7//tj/+///wwq//2/074/z/b1",
  "/+8/95//8//++////65+//////811ipyv6qw1lq2///9//3zsvn07/5/+01b4",
  "5s496//42/+/7697/6t65///////yipx30pztnr9/66y3/t2wro4zv3/yv2k4",
  "240143971/735341/zz257/+//28wbfrv4nvvjaz/z41z/yuqvez31/7zvwby",
  "srortsvvs1vttrol9pnnxt0w65v8rl99hu3669/17/s/z2/////nt96wp3/8v",
  "orpsoqztr2zsspqq0ropuwx134qz2grwxtpxst5z7w554/yu1puoq95/9pxg4",
  "rtorstzwu2xttsrp3qoowxy3+3y32avzg4t1yy94//+77/5/y7q77c//5z4g3",
  "x0wpqzv2m8/1y14y9xtz0324//t63fuj8/36+k/7//5//y9q//82/3jy/9/n4",
  "01uwy021x+70z0xy8vrx343+//0/zt7/ykv5t+929////70//+34/3/0/36t9",
  "899+77//2////6++6875+//w//8//o4195v6rz89//////6//zz6p+/5114q/",
  "328yv5/+5//74h/7/twu2+2q/4ut82t4z8lx0//x6678y/256305+25/8t7m/",
  "twswxwuyxw5ywyyv8stwz3176+48tkrs2/z84s52w/28//86/ww0953//7no/",
  "nslpontpgwxscssm1pkjsqs0w4s1nVv3ktinz/9qt/0ruwrnj40j/qd489oXU",
  "gmhljkipftumkjmgyfgfpkpwvyrsrbmth3kwruxsi4r1z/yrdyrntvq03rxwR",
];

const SIZE = SYMBOLS.length + 1;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Code -> its symbol's number. */
const SYMBOL_OF = new Uint8Array(256).fill(SYMBOLS.length);
for (let i = 0; i < SYMBOLS.length; i += 1) {
  SYMBOL_OF[SYMBOLS.charCodeAt(i)] = i;
  SYMBOL_OF[SYMBOLS.charAt(i).toUpperCase().charCodeAt(0)] = i;
}
for (let code = 0x31; code <= 0x39; code += 1) SYMBOL_OF[code] = SYMBOLS.indexOf("0");

const SHARE_OF_DIGIT = Array.from(DIGITS, (_, cost) => 2 ** (-cost / 3));
/** By first and second symbol. */
const PAIRS = new Float64Array(SIZE * SIZE);
const SINGLES = new Float64Array(SIZE);
for (let row = 0; row < SIZE; row += 1) {
  for (let column = 0; column < SIZE; column += 1) {
    const share = SHARE_OF_DIGIT[DIGITS.indexOf(COSTS[row]!.charAt(column))]!;
    PAIRS[SIZE * row + column] = share;
    SINGLES[row]! += share;
  }
}

/** The share of places in source text where these two bytes stand, whatever their case. */
export function pairShare(first: number, second: number): number {
  return PAIRS[SIZE * SYMBOL_OF[first]! + SYMBOL_OF[second]!]!;
}

/** The share of a byte in source text, whatever its case. */
export function byteShare(code: number): number {
  return SINGLES[SYMBOL_OF[code]!]!;
}
