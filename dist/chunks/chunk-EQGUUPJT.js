import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{formatLocation,messageOf}from"./chunk-LQBHXVAZ.js";var issuesUrl="https://github.com/mlops-kit/mlops-kit/issues/new";function renderError(error){let[first]=error.problems;return error.problems.length===1&&first!==void 0?renderProblem({...first,message:error.message}):[`Error: ${error.message}`,...error.problems.map(renderProblem)].join(`

`)}function renderProblem(problem){let lines=[`Error (${problem.code}): ${problem.message}`];return problem.at!==void 0&&lines.push(`  at ${formatLocation(problem.at)}`),problem.hint!==void 0&&lines.push(`  ${problem.hint}`),lines.join(`
`)}function errorDocument(error){return{schema:"error/v1",code:error.code,message:error.message,...error.hint===void 0?{}:{hint:error.hint},problems:error.problems.map(problem=>({code:problem.code,message:problem.message,...problem.hint===void 0?{}:{hint:problem.hint},...problem.at===void 0?{}:{at:{...problem.at}}})),exitCode:2}}function renderBug(error,options){let message=messageOf(error),title=encodeURIComponent(`${options.tool}: ${message.slice(0,100)}`),stack=options.stack&&error instanceof Error?`
${error.stack??""}${causesOf(error)}`:"",more=options.stack?"":`
  Run again with --verbose for the place in the code.`;return`Bug in ${options.tool}: ${message}
  Please report it: ${issuesUrl}?title=${title}${more}${stack}`}function bugDocument(error,tool){return{schema:"error/v1",code:"bug",message:`Bug in ${tool}: ${messageOf(error)}`,hint:`Please report it: ${issuesUrl}`,problems:[],exitCode:70}}function causesOf(error){return error.cause instanceof Error?`
Caused by: ${error.cause.stack??error.cause.message}${causesOf(error.cause)}`:""}export{renderError,errorDocument,renderBug,bugDocument};
