export { type Cap, declaredCap, describeCap, quantileCap, winsorise } from './cap.ts'
