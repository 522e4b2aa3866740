# Starts Pulpo from this folder on Windows, with Deno, else with npx, else the compiled file in dist\.
# Everything after the name goes to `pulpo serve`:  .\scripts\start.ps1 --port 9000
# If scripts are blocked:  powershell -ExecutionPolicy Bypass -File scripts\start.ps1
$ErrorActionPreference = 'Stop'

$DenoVersion = '2.9.6'
$Root = Split-Path -Parent $PSScriptRoot

# True when the deno on the PATH is 2.9 or newer.
function Test-Deno {
    if (-not (Get-Command deno -ErrorAction SilentlyContinue)) { return $false }
    $first = (& deno --version | Select-Object -First 1)
    return ($first -match '^deno (\d+\.\d+)') -and ([version]$Matches[1] -ge [version]'2.9')
}

Push-Location $Root
try {
    $compiled = Join-Path (Join-Path $Root 'dist') 'pulpo.exe'
    if (Test-Deno) {
        & deno task start @args
    }
    elseif (Get-Command npx -ErrorAction SilentlyContinue) {
        Write-Host "Deno 2.9 or newer is not installed; npx fetches deno@$DenoVersion."
        & npx -y "deno@$DenoVersion" task start @args
    }
    elseif (Test-Path $compiled) {
        & $compiled serve @args
    }
    else {
        Write-Host 'Pulpo needs one of these to start:'
        Write-Host '  - Deno 2.9 or newer     https://docs.deno.com/runtime/getting_started/installation/'
        Write-Host '  - Node.js with npx      https://nodejs.org/'
        Write-Host '  - the compiled file     dist\pulpo.exe'
        exit 1
    }
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
