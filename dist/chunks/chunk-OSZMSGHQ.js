import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);
import{parseDvcYaml}from"./chunk-QR2EVSZD.js";import{parseConfig}from"./chunk-DW7LV2EY.js";import{inlineCode,markdownTable}from"./chunk-YNPDSZ42.js";import{external_exports}from"./chunk-7UNOZBSX.js";var modelSuffix=/\.(onnx|pkl|joblib|pt|pth|safetensors|h5|keras|ubj|bst|cbm|txt|bin|gguf|pmml|model)$/i,dataSuffix=/\.(parquet|csv|jsonl)$/i;async function detectProject(ports,config){let{files,git}=ports,hasPipeline=await files.exists("dvc.yaml"),pipeline=hasPipeline?parseDvcYaml(await files.readText("dvc.yaml"),"dvc.yaml"):void 0,stages=Object.entries(pipeline?.stages??{}),outs=stages.flatMap(([,stage])=>(stage.outs??[]).map(out=>inStage(stage.wdir,nameOf(out)))),deps=stages.flatMap(([,stage])=>(stage.deps??[]).map(dep=>inStage(stage.wdir,dep))),predictions=outs.filter(out=>dataSuffix.test(out)&&/pred|score/i.test(out)),inputs2=deps.filter(dep=>dataSuffix.test(dep)&&!outs.includes(dep));return{folder:(await git.top()).split(/[\\/]/).at(-1)??"",defaultBranch:await git.defaultBranch()??await git.branch()??"main",hasConfig:await files.exists(config),hasDvc:hasPipeline||await files.exists(".dvc/config"),stages:stages.map(([name])=>name),artifacts:outs.filter(out=>modelSuffix.test(out)||/(^|\/)models?(\/|$)/i.test(out)).sort(byModel),predictions,datasets:[...new Set([...inputs2,...await findData(files)])],hasParams:await files.exists("params.yaml"),python:await files.exists("uv.lock")?"uv":await files.exists("requirements.txt")||await files.exists("pyproject.toml")?"pip":void 0,node:await files.exists("package.json")}}async function findData(files){let patterns=["parquet","csv","jsonl"].flatMap(suffix=>[`data/**/*.${suffix}`,`*.${suffix}`]),found=(await Promise.all(patterns.map(pattern=>files.glob(pattern)))).flat(),tracked=(await Promise.all(["data/**/*.dvc","*.dvc"].map(pattern=>files.glob(pattern)))).flat(),groups=new Map;for(let path of[...found,...tracked.map(pointer=>pointer.replace(/\.dvc$/,""))])if(!dataSuffix.test(path))groups.set(path,[path]);else{let slash=path.lastIndexOf("/")+1,glob=`${path.slice(0,slash)}*${path.slice(path.lastIndexOf("."))}`;groups.set(glob,[...new Set([...groups.get(glob)??[],path])])}return[...groups].sort((a,b)=>b[1].length-a[1].length||(a[0]<b[0]?-1:1)).map(([glob,members])=>members.length===1?members[0]:glob)}function nameOf(out){return typeof out=="string"?out:Object.keys(out)[0]??""}function inStage(folder,path){return folder===void 0||folder==="."?path:`${folder.replace(/\/+$/,"")}/${path}`}function byModel(a,b){let rank=path=>/\.onnx$/i.test(path)?0:modelSuffix.test(path)&&!/\.txt$/i.test(path)?1:2;return rank(a)-rank(b)}var kitRepository="mlops-kit/mlops-kit";var schemaUrl=`https://raw.githubusercontent.com/${kitRepository}/main/schemas/mlops.schema.json`;var gatesOf={binary:["{metric: roc-auc, min: 0.6}","{metric: roc-auc, min-improvement: 0} # better than the champion","{metric: log-loss, max-regression: 0.005} # not worse than the champion by more than this"],multiclass:["{metric: macro-f1, min-improvement: 0} # better than the champion","{metric: accuracy, max-regression: 0.01} # not worse than the champion by more than this"],regression:["{metric: r2, min: 0}","{metric: rmse, min-improvement: 0} # better than the champion"]},columnsOf={binary:`    label: label # column with the truth, 0 or 1
      score: score # column with the predicted probability`,multiclass:`    label: label # column with the true class
      class: class # column with the predicted class`,regression:`    label: label # column with the true value
      score: score # column with the predicted value`};function renderConfig(answers){let training=answers.pipeline===void 0?`command: ${scalar(answers.command)}`:`pipeline: ${scalar(answers.pipeline)}`;return`# yaml-language-server: $schema=${schemaUrl}
# What mlops-kit works on. Every value and its default: mlops-kit config --explain
version: 1
datasets:
  ${scalar(answers.dataset)}:
    path: ${scalar(answers.datasetPath)} # file, folder or glob (Parquet, CSV, JSONL)
    # time: date # column with the time of a row; monitoring and split by window need it
models:
  ${scalar(answers.model)}:
    artifact: ${scalar(answers.artifact)} # the file or folder that training writes
    ${training}
    dataset: ${scalar(answers.dataset)}
    task: ${answers.task} # binary, multiclass or regression
    predictions: # rows nobody trained on, written by training
      path: ${scalar(answers.predictions)}
      id: id # column that names a row
  ${columnsOf[answers.task]}
      # command: python predict.py # scores the same rows with the champion; reads MLOPS_MODEL, writes MLOPS_PREDICTIONS
    gates: # what a candidate must show before it is registered
${gatesOf[answers.task].map(gate=>`      - ${gate}`).join(`
`)}
stages: # in order of promotion
  staging:
    require: [validation, evaluation]
  production:
    after: staging
    require: [validation, evaluation]
`}function scalar(text){return/^[A-Za-z./][A-Za-z0-9_./ -]*$/.test(text)&&!/ #|: |^(true|false|null|yes|no|on|off|\.inf|\.nan)$| $/i.test(text)?text:JSON.stringify(text)}function step(name,command2,args=[]){let given=args.length===0?"":`
          args: |
${args.map(arg=>`            ${arg}`).join(`
`)}`;return`      - name: ${name}
        uses: ${kitRepository}@${"v0"}
        with:
          command: ${command2}${given}`}function setUp(answers){return[`      - uses: actions/checkout@v7
        with:
          fetch-depth: 0
          persist-credentials: false`,...answers.python===void 0?[]:[`      - uses: actions/setup-python@v6
        with:
          python-version: '3.13'`,answers.python==="uv"?`      - name: Install uv and the locked packages
        run: |
          pip install uv
          uv sync --locked
          echo "$PWD/.venv/bin" >> "$GITHUB_PATH"`:`      - name: Install packages
        run: if [ -f requirements.txt ]; then pip install -r requirements.txt; else pip install .; fi`],...answers.node?[`      - uses: actions/setup-node@v6
        with:
          node-version: 24
      - name: Install packages
        run: npm ci`]:[],...answers.dvc?[step("Get the data","sync-data",["pull"])]:[]]}var checks=[step("Check the data","validate-data"),step("Train what changed","train"),step("Compare with the champion","evaluate")];function renderCiWorkflow(answers){return`# Checks the data and the candidate model of a pull request, and says so in one comment.
name: ml-ci
on:
  pull_request:
    branches: [${branch(answers.defaultBranch)}]
permissions: {}
concurrency:
  group: ml-ci-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    permissions:
      contents: read # check out, read the registry tags
    steps:
${[...setUp(answers),...checks].join(`
`)}
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: mlops-reports
          path: .mlops/reports
          include-hidden-files: true
          if-no-files-found: ignore
  report:
    # A pull request from a fork has no token that may write.
    if: \${{ !cancelled() && github.event.pull_request.head.repo.full_name == github.repository }}
    needs: check
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      pull-requests: write # the comment
      checks: write # the check run
    steps:
      - name: Post the comment and the check
        uses: ${kitRepository}/actions/report@${"v0"}
        with:
          artifact: mlops-reports
          expect: |
            validate-data
            evaluate
          fail-on: never
`}function renderTrainWorkflow(answers){let push=answers.dvc?[step("Store the outputs","sync-data",["push"])]:[],after=[step("Register the version","register"),step("Promote to the first stage","promote")];return`# Trains on the default branch, by schedule, and when monitoring asks for it; registers what passes its gates.
name: ml-train
on:
  push:
    branches: [${branch(answers.defaultBranch)}]
    paths-ignore: ['deploy/**', '**.md']
  schedule:
    - cron: '17 3 * * 1'
  workflow_dispatch:
  repository_dispatch:
    types: [mlops-retrain]
permissions: {}
concurrency:
  group: ml-train
  cancel-in-progress: false
  queue: max
jobs:
  train:
    runs-on: ubuntu-latest
    timeout-minutes: 360
    permissions:
      contents: write # version and stage tags, records on branch mlops-metadata
      actions: write # start ml-deploy after a promotion
    steps:
${[...setUp(answers),...checks,...push,...after].join(`
`)}
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v6
        with:
          name: mlops-reports
          path: .mlops/reports
          include-hidden-files: true
          if-no-files-found: ignore
`}function branch(name){return/^\$?[A-Za-z][A-Za-z0-9_/.-]*$/.test(name)&&!/^(true|false|null|yes|no|on|off)$/i.test(name)?name:JSON.stringify(name.replace(/[*+?![\]\\]/g,"\\$&"))}var inputs=external_exports.strictObject({model:external_exports.string().optional().describe("Name of the model. Default: from its file, or the folder of the repository."),dataset:external_exports.string().optional().describe("Path of the dataset: file, folder or glob. Default: what is found."),artifact:external_exports.string().optional().describe("File or folder that training writes. Default: from dvc.yaml."),task:external_exports.enum(["binary","multiclass","regression"]).default("binary").describe("What the model predicts."),predictions:external_exports.string().optional().describe("Predictions file that training writes. Default: from dvc.yaml."),command:external_exports.string().optional().describe("Training command, when there is no dvc.yaml."),workflows:external_exports.boolean().default(!0).describe("Write the starter workflows.")}),ignored=["reports","outbox","cache","logs","artifacts","forge"].map(name=>`.mlops/${name}/`),command={name:"init",summary:"Scaffolds config and workflows into a repository.",description:"Looks at the repository (dvc.yaml, data files, languages, default branch) and writes mlops.yaml, the ignore rules and two starter workflows. Files that are there stay as they are.",inputs,outputs:external_exports.strictObject({files:external_exports.array(external_exports.string()).describe("Files written.")}),writes:!0,async run(ports,given){let project=await detectProject(ports,given.config),answers=answerFor(project,given),plan=await planFiles(ports,project,answers,given),changed=plan.filter(file=>file.outcome!=="kept");if(!given["dry-run"])for(let file of changed)await ports.files.write(file.path,file.content);return{outputs:{files:changed.map(file=>file.path)},document:{schema:"init-result/v1",dryRun:given["dry-run"],files:plan.map(({path,outcome})=>({path,outcome})),detected:{...project}},markdown:describe(plan,project,answers,given["dry-run"])}}};function answerFor(project,given){let artifact=given.artifact??project.artifacts[0]??"models/model.onnx",datasetPath=given.dataset??project.datasets[0]??"data/*.parquet",fromFile=toName(artifact.split("/").at(-1).replace(/\.[^.]*$/,"")),generic=fromFile===""||/^(model|models|weights|checkpoint|best|final|output)$/i.test(fromFile);return{dataset:datasetName(datasetPath),datasetPath,model:toName(given.model??(generic?project.folder:fromFile))||"model",artifact,task:given.task,predictions:given.predictions??project.predictions[0]??"eval/predictions.parquet",pipeline:project.stages.length>0&&given.command===void 0?"dvc.yaml":void 0,command:given.command??(project.python===void 0&&project.node?"node train.js":"python train.py")}}function datasetName(path){return path.split("/").map(part=>toName(part.replace(/\.(parquet|csv|jsonl)$/i,"").replace(/\*+/g,""))).findLast(part=>part!==""&&!/^(data|raw|train|input)$/i.test(part))||"main"}function toName(text){return text.normalize("NFKD").replace(new RegExp("\\p{M}+","gu"),"").replace(/[^A-Za-z0-9_-]+/g,"-").replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g,"").slice(0,60).replace(/[^A-Za-z0-9]+$/,"")}async function planFiles(ports,project,answers,given){let config=renderConfig(answers);parseConfig(config,given.config);let workflow={defaultBranch:project.defaultBranch,dvc:project.hasDvc,python:project.python,node:project.node},fresh=[[given.config,config],...given.workflows?[[".github/workflows/ml-ci.yml",renderCiWorkflow(workflow)],[".github/workflows/ml-train.yml",renderTrainWorkflow(workflow)]]:[]],files=[];for(let[path,content]of fresh)files.push({path,content,outcome:await ports.files.exists(path)?"kept":"created"});return[...files,await planIgnore(ports)]}async function planIgnore(ports){let path=".gitignore",before=await ports.files.exists(path)?await ports.files.readText(path):void 0,lines=(before??"").split(/\r?\n/).map(line=>line.trim()),covers=entry=>[".mlops",".mlops/","/.mlops","/.mlops/",entry,`/${entry}`,entry.slice(0,-1)].some(line=>lines.includes(line)),missing=ignored.filter(entry=>!covers(entry));if(missing.length===0)return{path,content:before??"",outcome:"kept"};let end=before===void 0||before===""||before.endsWith(`
`)?"":`
`,content=`${before??""}${end}# working files of mlops-kit
${missing.join(`
`)}
`;return{path,content,outcome:before===void 0?"created":"extended"}}function describe(plan,project,answers,dryRun){let words=dryRun?{created:"would be created",extended:"would be extended",kept:"there already, kept"}:{created:"created",extended:"extended",kept:"there already, kept"},steps=[...project.datasets.length===0&&!project.hasConfig?[`Put data at ${inlineCode(answers.datasetPath)}, or set the path in mlops.yaml: none was found.`]:[],...answers.pipeline===void 0&&!project.hasConfig?[`Check that ${inlineCode(answers.command)} trains the model, or write a dvc.yaml.`]:[],`Check names and columns in mlops.yaml: ${inlineCode("mlops-kit config --explain")}`,`Write the data contract from the data: ${inlineCode("mlops-kit validate-data --infer")}`,`Train and compare: ${inlineCode("mlops-kit train")}, then ${inlineCode("mlops-kit evaluate")}`,"Commit the files and open a pull request: ml-ci comments on it. Merging it trains, registers and promotes."];return[markdownTable(["file","outcome"],plan.map(file=>[inlineCode(file.path),words[file.outcome]])),"**Next**",steps.map((text,index)=>`${index+1}. ${text}`).join(`
`)].join(`

`)}export{command};
