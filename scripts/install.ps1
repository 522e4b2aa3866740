<#
.SYNOPSIS
Installs the compiled Pulpo on Windows: executable, data folder, and a task that starts it with the machine.

.DESCRIPTION
Run it in an elevated PowerShell. Run it again to update: it replaces the executable and restarts the task; settings and
data stay. It takes dist\pulpo.exe, and builds it with `deno task compile` when it is not there.
A program must answer the service manager to be a Windows service, which Pulpo does not; the task scheduler starts it as
well at boot, without a login, and again after a failure. packaging\windows\README.md has a real service with WinSW.

.EXAMPLE
.\scripts\install.ps1
.EXAMPLE
.\scripts\install.ps1 -Port 9000 -OpenFirewall
.EXAMPLE
.\scripts\install.ps1 -Uninstall
#>
[CmdletBinding()]
param(
    [string]$Prefix = (Join-Path $env:ProgramFiles 'Pulpo'),
    [string]$DataDir = (Join-Path $env:ProgramData 'Pulpo'),
    [ValidateRange(1, 65535)] [int]$Port = 8080,
    # Lets other machines of the local network reach the port.
    [switch]$OpenFirewall,
    # Only the executable.
    [switch]$NoService,
    # Removes task and executable; settings and data stay.
    [switch]$Uninstall
)
$ErrorActionPreference = 'Stop'

$Root = Split-Path -Parent $PSScriptRoot
$TaskName = 'Pulpo'
$Executable = Join-Path $Prefix 'pulpo.exe'
$Settings = Join-Path $DataDir 'pulpo.toml'
$Log = Join-Path $DataDir 'pulpo.log'

$identity = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'Run this in a PowerShell that was started as administrator.'
}

function Stop-Pulpo {
    $task = Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
    if (-not $task) { return }
    Stop-ScheduledTask -TaskName $TaskName
    # The task's shell is ended; the server below it must be gone before its file can be replaced.
    Get-Process -Name 'pulpo' -ErrorAction SilentlyContinue |
        Where-Object { $_.Path -eq $Executable } |
        ForEach-Object { Stop-Process -Id $_.Id -Force; $_.WaitForExit(15000) | Out-Null }
}

if ($Uninstall) {
    Stop-Pulpo
    Unregister-ScheduledTask -TaskName $TaskName -Confirm:$false -ErrorAction SilentlyContinue
    Remove-NetFirewallRule -DisplayName $TaskName -ErrorAction SilentlyContinue
    Remove-Item -Path $Executable -Force -ErrorAction SilentlyContinue
    Write-Host "Removed. Settings and data are still in $DataDir."
    exit 0
}

$compiled = Join-Path (Join-Path $Root 'dist') 'pulpo.exe'
if (-not (Test-Path $compiled)) {
    Write-Host 'dist\pulpo.exe is not there; building it'
    Push-Location $Root
    try {
        if (Get-Command deno -ErrorAction SilentlyContinue) { & deno task compile }
        elseif (Get-Command npx -ErrorAction SilentlyContinue) { & npx -y deno@2.9.6 task compile }
    }
    finally { Pop-Location }
    if (-not (Test-Path $compiled)) { throw 'There is no dist\pulpo.exe. Build it with: deno task compile' }
}

Stop-Pulpo
New-Item -ItemType Directory -Force -Path $Prefix | Out-Null
Copy-Item -Path $compiled -Destination $Executable -Force
Write-Host "installed  $Executable"
if ($NoService) { exit 0 }

# Data and secrets: only for administrators, the system and the account of the task.
New-Item -ItemType Directory -Force -Path $DataDir | Out-Null
& icacls $DataDir /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '*S-1-5-19:(OI)(CI)M' /Q | Out-Null
if ($LASTEXITCODE -ne 0) { throw "The rights of $DataDir could not be set." }
if (-not (Test-Path $Settings)) {
    $database = (Join-Path $DataDir 'data') -replace '\\', '/'
    @(
        '# Settings of Pulpo. All of them: docs/settings.md or pulpo serve --help'
        "data_dir = ""$database"""
        "port = $Port"
        '# public_url = "https://pulpo.example.org"'
    ) | Set-Content -Path $Settings -Encoding ascii
    Write-Host "wrote      $Settings"
}

# cmd keeps the log; S-1-5-19 is LOCAL SERVICE, whose name differs between languages of Windows.
$command = "/d /s /c """"$Executable"" serve --config ""$Settings"" >> ""$Log"" 2>&1"""
$action = New-ScheduledTaskAction -Execute "$env:SystemRoot\System32\cmd.exe" -Argument $command -WorkingDirectory $DataDir
$trigger = New-ScheduledTaskTrigger -AtStartup
$principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount
$settingsSet = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Principal $principal -Settings $settingsSet `
    -Description 'Pulpo realtime server' -Force | Out-Null
Start-ScheduledTask -TaskName $TaskName
Write-Host "started    task $TaskName; its log is $Log"

if ($OpenFirewall) {
    Remove-NetFirewallRule -DisplayName $TaskName -ErrorAction SilentlyContinue
    New-NetFirewallRule -DisplayName $TaskName -Direction Inbound -Action Allow -Protocol TCP -LocalPort $Port `
        -Program $Executable -Profile @('Domain', 'Private') | Out-Null
    Write-Host "opened     port $Port for the local network"
}
Write-Host "The set-up link for the first owner is in $Log"
